// SPDX-License-Identifier: GPL-2.0-only
#include "base/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

#define NOBODY 65534
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The leak checker traces its own process, which a dropped user and a filter would forbid. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

struct caps {
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
};

static int caps_get(struct caps *ret)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };

	if (syscall(SYS_capget, &head, d))
		return -errno;
	ret->effective = d[0].effective | (uint64_t)d[1].effective << 32;
	ret->permitted = d[0].permitted | (uint64_t)d[1].permitted << 32;
	ret->inheritable = d[0].inheritable | (uint64_t)d[1].inheritable << 32;
	return 0;
}

/* Exactly these, and none to inherit. */
static int caps_set(uint64_t caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = {
		{ .effective = (uint32_t)caps, .permitted = (uint32_t)caps },
		{ .effective = (uint32_t)(caps >> 32), .permitted = (uint32_t)(caps >> 32) },
	};

	return syscall(SYS_capset, &head, d) ? -errno : 0;
}

static bool has(const struct caps *c, int cap)
{
	return c->effective >> cap & 1;
}

/* While CAP_SETPCAP is still there; without it the bounding set stays, and gives nothing anyway. */
static void drop_bounding(const struct caps *c)
{
	for (int cap = 0; has(c, CAP_SETPCAP) && cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

/*
 * Only root has a user to give up. The groups go first: afterwards it may not change them. EINVAL
 * says that this user namespace has no such user; then it stays what it is, without capabilities.
 */
static int drop_user(const struct caps *c, bool *ret_changed)
{
	*ret_changed = false;
	if (geteuid() != 0 || !has(c, CAP_SETUID) || !has(c, CAP_SETGID))
		return 0;
	if (setgroups(0, NULL) && errno != EPERM) /* EPERM: denied in this user namespace */
		return -errno;
	if (setresgid(NOBODY, NOBODY, NOBODY))
		return errno == EINVAL ? 0 : -errno;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return -errno;
	if (setresuid(NOBODY, NOBODY, NOBODY))
		return errno == EINVAL ? 0 : -errno;
	*ret_changed = true;
	return 0;
}

#ifdef HAVE_SECCOMP
/*
 * What a stream does: read the ring and files of /proc, write, sleep, and end. It has one socket,
 * to the helper that looks names up, whose end it awaits; without socket() it gets no other.
 */
static const int allowed[] = {
	SCMP_SYS(read),		  SCMP_SYS(write),	     SCMP_SYS(writev),
	SCMP_SYS(pread64),	  SCMP_SYS(close),	     SCMP_SYS(lseek),
	SCMP_SYS(poll),		  SCMP_SYS(ppoll),	     SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),	  SCMP_SYS(epoll_ctl),	     SCMP_SYS(nanosleep),
	SCMP_SYS(clock_gettime),  SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday),
	SCMP_SYS(futex),	  SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),    SCMP_SYS(sigaltstack),
	SCMP_SYS(mmap),		  SCMP_SYS(munmap),	     SCMP_SYS(mremap),
	SCMP_SYS(mprotect),	  SCMP_SYS(madvise),	     SCMP_SYS(brk),
	SCMP_SYS(open),		  SCMP_SYS(openat),	     SCMP_SYS(open_by_handle_at),
	SCMP_SYS(stat),		  SCMP_SYS(lstat),	     SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),	  SCMP_SYS(statx),	     SCMP_SYS(statfs),
	SCMP_SYS(fstatfs),	  SCMP_SYS(readlink),	     SCMP_SYS(readlinkat),
	SCMP_SYS(getdents64),	  SCMP_SYS(access),	     SCMP_SYS(faccessat),
	SCMP_SYS(fcntl),	  SCMP_SYS(getpid),	     SCMP_SYS(gettid),
	SCMP_SYS(tgkill),	  SCMP_SYS(getrandom),	     SCMP_SYS(getuid),
	SCMP_SYS(geteuid),	  SCMP_SYS(sched_yield),     SCMP_SYS(setpriority),
	SCMP_SYS(exit),		  SCMP_SYS(exit_group),	     SCMP_SYS(rseq),
	SCMP_SYS(membarrier),	  SCMP_SYS(sendto),	     SCMP_SYS(recvfrom),
	SCMP_SYS(shutdown),	  SCMP_SYS(wait4),
};

/* Calls that do much else: only with these second and first arguments. */
static int allow_narrowly(scmp_filter_ctx ctx)
{
	static const int bpf_commands[] = { BPF_OBJ_GET_INFO_BY_FD, BPF_MAP_LOOKUP_ELEM,
					    BPF_LINK_DETACH };
	static const unsigned long requests[] = { PERF_EVENT_IOC_DISABLE, TCGETS, TIOCGWINSZ };
	int err = 0;

	for (size_t i = 0; i < COUNT(bpf_commands) && !err; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1,
				       SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)bpf_commands[i], 0));
	for (size_t i = 0; i < COUNT(requests) && !err; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				       SCMP_A1(SCMP_CMP_EQ, requests[i], 0));
	return err;
}

static int filter_calls(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = ctx ? 0 : -ENOMEM;

	for (size_t i = 0; i < COUNT(allowed) && !err; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	if (!err)
		err = allow_narrowly(ctx);
	if (!err)
		err = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	return err;
}
#endif

/* *ret_how: what became of it, for the user. A kernel without seccomp is no reason to stop. */
static int drop_calls(const char **ret_how)
{
#ifdef HAVE_SECCOMP
	int err = SANITIZED ? 0 : filter_calls();

	if (err && err != -EINVAL && err != -ENOSYS)
		return err;
	*ret_how = SANITIZED ? "all system calls (sanitized build)"
		   : err     ? "all system calls (no seccomp in this kernel)"
			     : "few system calls";
#else
	*ret_how = "all system calls (built without libseccomp)";
#endif
	return 0;
}

static int failed(int err, const char *what, char *text, size_t size)
{
	snprintf(text, size, "%s: %s", what, strerror(-err));
	return err;
}

/* *ret_changed: it was root; *ret_keep: the capabilities that are left. */
static int drop_rights(bool keep_proc, bool *ret_changed, uint64_t *ret_keep, char *text,
		       size_t size)
{
	uint64_t keep = 0;
	struct caps before = { 0 };
	bool changed;
	int err = caps_get(&before);

	if (err)
		return failed(err, "cannot read the capabilities", text, size);
	if (keep_proc)
		keep = before.permitted & (1ULL << CAP_SYS_PTRACE | 1ULL << CAP_DAC_READ_SEARCH);
	drop_bounding(&before);
	err = drop_user(&before, &changed);
	if (err)
		return failed(err, "cannot become user 65534", text, size);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	err = caps_set(keep);
	if (err)
		return failed(err, "cannot drop the capabilities", text, size);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return failed(-errno, "cannot forbid new privileges", text, size);
	if (SANITIZED)
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	*ret_changed = changed;
	*ret_keep = keep;
	return 0;
}

int privilege_drop_rights(char *text, size_t size)
{
	uint64_t keep;
	bool changed;

	return drop_rights(false, &changed, &keep, text, size);
}

int privilege_drop(bool keep_proc, char *text, size_t size)
{
	const char *calls;
	uint64_t keep;
	bool changed;
	int err;

	tzset(); /* while its file can be read for sure */
	err = drop_rights(keep_proc, &changed, &keep, text, size);
	if (err)
		return err;
	err = drop_calls(&calls);
	if (err)
		return failed(err, "cannot filter the system calls", text, size);
	snprintf(text, size, "user %u%s, %s, no new ones, %s", (unsigned int)geteuid(),
		 changed ? " (was root)" : "",
		 keep ? "capabilities only to look up processes (-e)" : "no capabilities", calls);
	return 0;
}
