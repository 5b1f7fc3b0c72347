// SPDX-License-Identifier: GPL-2.0-only
#include "flow/rights.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/privilege.h"
#include "live/features.h"

/*
 * What a stream does: read the ring and files of /proc, write, sleep, and end. It has one socket,
 * to the helper that looks names up, whose end it awaits; without socket() it gets no other.
 */
static const char *const calls[] = {
	"read",
	"write",
	"writev",
	"pread64",
	"close",
	"lseek",
	"poll",
	"ppoll",
	"epoll_wait",
	"epoll_pwait",
	"epoll_ctl",
	"nanosleep",
	"clock_gettime",
	"clock_nanosleep",
	"gettimeofday",
	"futex",
	"restart_syscall",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"mmap",
	"munmap",
	"mremap",
	"mprotect",
	"madvise",
	"brk",
	"open",
	"openat",
	"open_by_handle_at",
	"stat",
	"lstat",
	"fstat",
	"newfstatat",
	"statx",
	"statfs",
	"fstatfs",
	"readlink",
	"readlinkat",
	"getdents64",
	"access",
	"faccessat",
	"fcntl",
	"getpid",
	"gettid",
	"tgkill",
	"getrandom",
	"getuid",
	"geteuid",
	"sched_yield",
	"setpriority",
	"exit",
	"exit_group",
	"rseq",
	"membarrier",
	"sendto",
	"recvfrom",
	"shutdown",
	"wait4",
	"recvmsg",
	"dup2",
	"dup3",
	NULL,
};

/* Calls that do much else. */
static const struct privilege_narrow narrow[] = {
	{ "bpf", 0, BPF_OBJ_GET_INFO_BY_FD },
	{ "bpf", 0, BPF_MAP_LOOKUP_ELEM },
	{ "bpf", 0, BPF_LINK_DETACH },
	{ "bpf", 0, BPF_PROG_TEST_RUN }, /* of programs that are there: the walk, again */
	{ "bpf", 0, BPF_ITER_CREATE },	 /* of links that are there: holders are looked at again */
	{ "ioctl", 1, PERF_EVENT_IOC_DISABLE },
	{ "ioctl", 1, TCGETS },
	{ "ioctl", 1, TIOCGWINSZ },
	{ "ioctl", 1, SIOCGIFNAME },
	{ 0 },
};

int rights_check(bool udp)
{
	char missing[64];

	privilege_missing(udp, missing, sizeof(missing));
	if (!missing[0])
		return 0;
	if (!geteuid()) {
		log_error(
			"%s missing, though this is root, as in a container: give it --cap-add=%s "
			"of podman or docker, capabilities.add of Kubernetes, or privileged",
			missing, udp ? "BPF,PERFMON,NET_ADMIN" : "BPF,PERFMON");
		return -EPERM;
	}
	log_error("%s missing: run as root, or give it %s (and CAP_SYS_PTRACE "
		  "and CAP_DAC_READ_SEARCH to see the owners of sockets that exist already)",
		  missing,
		  udp ? "CAP_BPF, CAP_PERFMON and, for UDP, CAP_NET_ADMIN"
		      : "CAP_BPF and CAP_PERFMON");
	return -EPERM;
}

int rights_drop(bool keep_processes)
{
	struct privilege_opts opts = { .calls = calls, .narrow = narrow };
	char text[256];
	int err;

	if (keep_processes) {
		opts.keep = 1ULL << CAP_SYS_PTRACE | 1ULL << CAP_DAC_READ_SEARCH;
		opts.keep_for = "to look up processes (-e)";
	}
	err = privilege_drop(&opts, text, sizeof(text));
	if (err)
		log_error("%s", text);
	else
		log_verbose("privileges: %s", text);
	return err;
}
