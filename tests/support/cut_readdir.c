/*
 * A preloaded library that lets reading a directory of the name $CUT_DIRECTORY fail after $CUT_AFTER entries.
 * The file $CUT_SEEN is there from the first time on.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static DIR *cut;
static int left;

DIR *opendir(const char *path)
{
    DIR *(*real)(const char *) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
    DIR *found = real(path);
    const char *name = getenv("CUT_DIRECTORY");
    const char *base = strrchr(path, '/');

    if (found && name && !strcmp(base ? base + 1 : path, name)) {
        cut = found;
        left = atoi(getenv("CUT_AFTER"));
    }
    return found;
}

int closedir(DIR *directory)
{
    int (*real)(DIR *) = (int (*)(DIR *)) dlsym(RTLD_NEXT, "closedir");

    if (directory == cut)
        cut = NULL;
    return real(directory);
}

struct dirent *readdir(DIR *directory)
{
    struct dirent *(*real)(DIR *) = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir");

    if (directory == cut && left-- <= 0) {
        close(creat(getenv("CUT_SEEN"), 0600));
        errno = EIO;
        return NULL;
    }
    return real(directory);
}

struct dirent64 *readdir64(DIR *directory)
{
    return (struct dirent64 *) readdir(directory);
}
