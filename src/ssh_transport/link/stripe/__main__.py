"""Start a program from this very directory: no package is installed for a Python that was told `-I -S`."""

import os
import sys
from types import ModuleType

# Neither `importlib.util` nor `pathlib`: to import them takes as long as all else that is done before the first byte.
package = sys.modules["stripe"] = ModuleType("stripe")
package.__path__ = [os.path.dirname(os.path.abspath(__file__))]

program = "caller" if "SSH_TRANSPORT_CALL" in os.environ else "remote_shell"
code = getattr(__import__("stripe", fromlist=[program]), program).main()
# At once, without winding the modules up.
os._exit(code)
