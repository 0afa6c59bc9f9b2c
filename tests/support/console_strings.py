"""The strings that consoles, mails and tools show, and what each means: platform, kind, user, host and port."""

from __future__ import annotations

from typing import NamedTuple

HOST = "by its host name"
HINT = "a guess by its user, port, tunnels or identity file; `--profile` can name another"
NOTHING = "not recognised; `--profile` can name it"


class Pasted(NamedTuple):
    """What a person pastes, and where it leads."""

    test_id: str
    text: str
    platform: str
    kind: str
    user: str | None
    host: str
    port: int | None
    why: str


# The numbers are those of the list of strings that consoles, mails and tools were seen to show.
PASTED = [
    Pasted(
        "1 older AutoDL region",
        "ssh -p 38076 root@region-1.autodl.com",
        *("autodl", "gateway", "root", "region-1.autodl.com", 38076, HOST),
    ),
    Pasted(
        "1 AutoDL's private region",
        "ssh -p 38076 root@region-41.autodl.pro",
        *("autodl", "gateway", "root", "region-41.autodl.pro", 38076, HOST),
    ),
    Pasted(
        "1 an AutoDL region under the newer domain",
        "ssh -p 38076 root@region-3.seetacloud.com",
        *("autodl", "gateway", "root", "region-3.seetacloud.com", 38076, HOST),
    ),
    Pasted(
        "2 AutoDL",
        "ssh -p 12345 root@connect.westd.seetacloud.com",
        *("autodl", "gateway", "root", "connect.westd.seetacloud.com", 12345, HOST),
    ),
    Pasted(
        "3 AutoDL's scp",
        "scp -rP 35394 <local> root@region-1.autodl.com:/root/autodl-tmp",
        *("autodl", "gateway", "root", "region-1.autodl.com", 35394, HOST),
    ),
    Pasted(
        "4 AutoDL's tunnel",
        "ssh -CNg -L 6006:127.0.0.1:6006 root@connect.nmb1.seetacloud.com -p 12345",
        *("autodl", "gateway", "root", "connect.nmb1.seetacloud.com", 12345, HOST),
    ),
    Pasted(
        "5 GPUHub",
        "ssh -p 12345 root@connect.westc.gpuhub.com",
        *("autodl", "gateway", "root", "connect.westc.gpuhub.com", 12345, HOST),
    ),
    Pasted(
        "6 RunPod's proxy",
        "ssh 8y5rumuyb50m78-6441103b@ssh.runpod.io -i ~/.ssh/id_ed25519",
        *("runpod", "proxied", "8y5rumuyb50m78-6441103b", "ssh.runpod.io", None, HOST),
    ),
    Pasted(
        "7 RunPod's exposed TCP",
        "ssh root@203.0.113.12 -p 17445 -i ~/.ssh/id_ed25519",
        *("generic", "direct", "root", "203.0.113.12", 17445, NOTHING),
    ),
    Pasted(
        "8 RunPod's port line",
        "TCP port 203.0.113.39:13007 -> :22",
        *("generic", "direct", "root", "203.0.113.39", 13007, NOTHING),
    ),
    Pasted(
        "8 with two arrows",
        "TCP port ->  203.0.113.6:25634 -> :22",
        *("generic", "direct", "root", "203.0.113.6", 25634, NOTHING),
    ),
    Pasted(
        "9 runpodctl",
        "ssh -i /home/u/.runpod/ssh/runpodctl-ssh-key root@203.0.113.7 -p 12345",
        *("runpod", "direct", "root", "203.0.113.7", 12345, HINT),
    ),
    Pasted(
        "9 runpodctl's older key",
        "ssh -i ~/.runpod/ssh/RunPod-Key-Go root@203.0.113.7 -p 12345",
        *("runpod", "direct", "root", "203.0.113.7", 12345, HINT),
    ),
    Pasted(
        "10 Vast's proxy",
        "ssh -p 12345 root@ssh5.vast.ai -L 8080:localhost:8080",
        *("vastai", "proxied", "root", "ssh5.vast.ai", 12345, HOST),
    ),
    Pasted(
        "11 Vast's direct port",
        "ssh -p 20544 root@198.51.100.187 -L 8080:localhost:8080",
        *("vastai", "direct", "root", "198.51.100.187", 20544, HINT),
    ),
    Pasted(
        "12 several tunnels",
        "ssh -p 1234 root@198.51.100.123 -L 8080:localhost:8080 -L 5000:localhost:5000",
        *("vastai", "direct", "root", "198.51.100.123", 1234, HINT),
    ),
    Pasted(
        "13 vastai ssh-url",
        "ssh://root@203.0.113.7:41234",
        *("generic", "direct", "root", "203.0.113.7", 41234, NOTHING),
    ),
    Pasted(
        "13 vastai scp-url",
        "scp://root@203.0.113.7:41234",
        *("generic", "direct", "root", "203.0.113.7", 41234, NOTHING),
    ),
    Pasted(
        "13 vastai ssh-url of a proxy",
        "ssh://root@ssh5.vast.ai:41234",
        *("vastai", "proxied", "root", "ssh5.vast.ai", 41234, HOST),
    ),
    Pasted(
        "14 Vast's list of ports",
        "198.51.100.74:33526 -> 8081/tcp\n198.51.100.74:33527 -> 22/tcp",
        *("generic", "direct", "root", "198.51.100.74", 33527, NOTHING),
    ),
    Pasted(
        "15 Lambda",
        "ssh ubuntu@203.0.113.9",
        *("vm", "address", "ubuntu", "203.0.113.9", None, HINT),
    ),
    Pasted(
        "15 Lambda with a key",
        "ssh -i '~/keys/my key.pem' ubuntu@203.0.113.9",
        *("vm", "address", "ubuntu", "203.0.113.9", None, HINT),
    ),
    Pasted(
        "16 Paperspace's mail",
        "Your temporary password is:\nxxxxxxxx\nConnect with the following command:ssh paperspace@203.0.113.5",
        *("paperspace", "direct", "paperspace", "203.0.113.5", None, HINT),
    ),
    Pasted(
        "17 Gpushare's clipboard",
        "登录指令：ssh -p 6666 root@i-1.gpushare.com\n密码：xxxxxxxx",  # noqa: RUF001 - as the console has it
        *("gpushare", "gateway", "root", "i-1.gpushare.com", 6666, HOST),
    ),
    Pasted(
        "18 Featurize",
        "ssh featurize@workspace.featurize.cn -p 12345",
        *("featurize", "gateway", "featurize", "workspace.featurize.cn", 12345, HOST),
    ),
    Pasted(
        "19 Featurize with a tunnel",
        "ssh -L 1455:localhost:1455 featurize@workspace.featurize.cn -p 12345",
        *("featurize", "gateway", "featurize", "workspace.featurize.cn", 12345, HOST),
    ),
    Pasted(
        "20 LanRui",
        "ssh user@ssh.rde-ws.lanrui-ai.com -p 12345 -i ~/.ssh/id_rsa",
        *("lanrui", "gateway", "user", "ssh.rde-ws.lanrui-ai.com", 12345, HOST),
    ),
    Pasted(
        "20 LanRui's new domain",
        "ssh user@ssh.zone.lanrui.co -p 12345",
        *("lanrui", "gateway", "user", "ssh.zone.lanrui.co", 12345, HOST),
    ),
    Pasted(
        "21 Matpool",
        "ssh -p 12345 root@hz-4.matpool.com",
        *("matpool", "gateway", "root", "hz-4.matpool.com", 12345, HOST),
    ),
    Pasted(
        "21 another Matpool",
        "ssh -p 12345 root@px1-jcy.matpool.com",
        *("matpool", "gateway", "root", "px1-jcy.matpool.com", 12345, HOST),
    ),
    Pasted(
        "21 Matpool without a number",
        "ssh -p 12345 root@hz.matpool.com",
        *("matpool", "gateway", "root", "hz.matpool.com", 12345, HOST),
    ),
    Pasted(
        "22 no ssh in front",
        "root@connect.bjb1.seetacloud.com -p 12345",
        *("autodl", "gateway", "root", "connect.bjb1.seetacloud.com", 12345, HOST),
    ),
    Pasted(
        "22 bare",
        "root@203.0.113.8:12345",
        *("generic", "direct", "root", "203.0.113.8", 12345, NOTHING),
    ),
    Pasted(
        "22 from a chat",
        "ssh　－p　12345 root@connect.bjb1.seetacloud.com",  # noqa: RUF001 - as a chat has it
        *("autodl", "gateway", "root", "connect.bjb1.seetacloud.com", 12345, HOST),
    ),
    Pasted(
        "EC2",
        'ssh -i "my-key.pem" ubuntu@ec2-203-0-113-25.compute-1.amazonaws.com',
        *("vm", "direct", "ubuntu", "ec2-203-0-113-25.compute-1.amazonaws.com", None, HOST),
    ),
    Pasted(
        "EC2 in China",
        "ssh ec2-user@ec2-203-0-113-25.cn-north-1.compute.amazonaws.com.cn",
        *("vm", "direct", "ec2-user", "ec2-203-0-113-25.cn-north-1.compute.amazonaws.com.cn", None, HOST),
    ),
    Pasted(
        "a VM of Azure",
        "ssh azureuser@203.0.113.9",
        *("vm", "address", "azureuser", "203.0.113.9", None, HINT),
    ),
    Pasted(
        "OpenBayes",
        "ssh root@ssh.openbayes.com -p30773",
        *("openbayes", "gateway", "root", "ssh.openbayes.com", 30773, HOST),
    ),
    Pasted(
        "JarvisLabs",
        "ssh -o StrictHostKeyChecking=no -p 11014 root@sshg.jarvislabs.ai",
        *("jarvislabs", "gateway", "root", "sshg.jarvislabs.ai", 11014, HOST),
    ),
    Pasted(
        "TensorDock",
        "ssh -p 22016 user@northcarolina-b.tensordockmarketplace.com",
        *("tensordock", "direct", "user", "northcarolina-b.tensordockmarketplace.com", 22016, HOST),
    ),
    Pasted(
        "VirtAI",
        "ssh -p 30022 root@ssh-abc.zlr@ssh.virtaicloud.com",
        *("virtai", "gateway", "root@ssh-abc.zlr", "ssh.virtaicloud.com", 30022, HOST),
    ),
    Pasted(
        "VirtAI, directly",
        "ssh root1@root@ssh-06aa.zlr@direct.virtaicloud.com",
        *("virtai", "gateway", "root1@root@ssh-06aa.zlr", "direct.virtaicloud.com", None, HOST),
    ),
    Pasted(
        "Lightning AI",
        "ssh s_01abcdefghjkmnpqrstvwxyz00@ssh.lightning.ai",
        *("lightning", "gateway", "s_01abcdefghjkmnpqrstvwxyz00", "ssh.lightning.ai", None, HOST),
    ),
    Pasted(
        "ngrok",
        "ssh root@6.tcp.ngrok.io -p 15577",
        *("tunnel", "tunnel", "root", "6.tcp.ngrok.io", 15577, HOST),
    ),
    Pasted(
        "ngrok of a region",
        "ssh root@0.tcp.in.ngrok.io -p 14460",
        *("tunnel", "tunnel", "root", "0.tcp.in.ngrok.io", 14460, HOST),
    ),
    Pasted(
        "a quick tunnel of Cloudflare",
        "ssh -o ProxyCommand='cloudflared access ssh --hostname %h' root@aaa-bbb.trycloudflare.com",
        *("tunnel", "tunnel", "root", "aaa-bbb.trycloudflare.com", None, HOST),
    ),
]
