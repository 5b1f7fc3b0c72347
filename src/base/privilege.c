// SPDX-License-Identifier: GPL-2.0-only
#include "base/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/own_user.h"

#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

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

/* Leaves exactly these capabilities, and none to inherit. */
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
static int drop_user(const struct caps *c, const struct own_user *user, bool *ret_changed)
{
	*ret_changed = false;
	if (geteuid() != 0 || !has(c, CAP_SETUID) || !has(c, CAP_SETGID))
		return 0;
	if (setgroups(0, NULL) && errno != EPERM) /* EPERM: denied in this user namespace */
		return -errno;
	if (setresgid(user->gid, user->gid, user->gid))
		return errno == EINVAL ? 0 : -errno;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return -errno;
	if (setresuid(user->uid, user->uid, user->uid))
		return errno == EINVAL ? 0 : -errno;
	*ret_changed = true;
	return 0;
}

#ifdef HAVE_SECCOMP
/*
 * With one argument as given, or `only` NULL: with any. A call that this architecture does not have
 * is left out; one that libseccomp does not know ends it.
 */
static int allow(scmp_filter_ctx ctx, const char *call, const struct scmp_arg_cmp *only)
{
	int number = seccomp_syscall_resolve_name(call);

	if (number == __NR_SCMP_ERROR)
		return -EOPNOTSUPP;
	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, number, only ? 1 : 0, only);
}

static int allow_narrowly(scmp_filter_ctx ctx, const struct privilege_narrow *n)
{
	struct scmp_arg_cmp only = { .arg = n->arg, .op = SCMP_CMP_EQ, .datum_a = n->value };

	return allow(ctx, n->call, &only);
}

static int filter_calls(const struct privilege_opts *opts)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	const struct privilege_narrow *n = opts->narrow;
	int err = ctx ? 0 : -ENOMEM;

	for (const char *const *call = opts->calls; *call && !err; call++)
		err = allow(ctx, *call, NULL);
	for (; n->call && !err; n++)
		err = allow_narrowly(ctx, n);
	if (!err)
		err = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	return err;
}
#endif

/* *ret_how: what became of it, for the user. A kernel without seccomp is no reason to stop. */
static int drop_calls(const struct privilege_opts *opts, const char **ret_how)
{
#ifdef HAVE_SECCOMP
	int err = SANITIZED ? 0 : filter_calls(opts);

	if (err && err != -EINVAL && err != -ENOSYS)
		return err;
	*ret_how = SANITIZED ? "all system calls (sanitized build)"
		   : err     ? "all system calls (no seccomp in this kernel)"
			     : "few system calls";
#else
	(void)opts;
	*ret_how = "all system calls (built without libseccomp)";
#endif
	return 0;
}

static int failed(int err, const char *what, char *text, size_t size)
{
	snprintf(text, size, "%s: %s", what, strerror(-err));
	return err;
}

/* What became of it. */
struct dropped {
	struct own_user user;
	bool changed;  /* it was root */
	uint64_t kept; /* the capabilities that are left */
};

/* Its working directory, too: else ".." leads out. The leak checker needs /proc. */
static int change_root(const char *root)
{
	return !root || SANITIZED || (!chdir(root) && !chroot(".") && !chdir("/")) ? 0 : -errno;
}

static int drop_rights(uint64_t keep, const char *root, struct dropped *ret, char *text,
		       size_t size)
{
	struct own_user user = own_user_find("/etc/passwd", "/etc/group");
	struct caps before = { 0 };
	bool changed;
	int err = caps_get(&before);

	if (err)
		return failed(err, "cannot read the capabilities", text, size);
	err = change_root(root);
	if (err)
		return failed(err, "cannot change the root directory", text, size);
	keep &= before.permitted;
	drop_bounding(&before);
	err = drop_user(&before, &user, &changed);
	if (err)
		return failed(err, "cannot change the user", text, size);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	err = caps_set(keep);
	if (err)
		return failed(err, "cannot drop the capabilities", text, size);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return failed(-errno, "cannot forbid new privileges", text, size);
	prctl(PR_SET_DUMPABLE, SANITIZED ? 1 : 0, 0, 0, 0);
	*ret = (struct dropped){ user, changed, keep };
	return 0;
}

int privilege_drop_rights(char *text, size_t size)
{
	struct dropped dropped;

	return drop_rights(0, NULL, &dropped, text, size);
}

/* "user 997 (sockwatch, was root)" */
static const char *user_remark(const struct dropped *d)
{
	if (!d->changed)
		return "";
	return d->user.named ? " (sockwatch, was root)" : " (a free number, was root)";
}

int privilege_drop(const struct privilege_opts *opts, char *text, size_t size)
{
	const char *calls;
	struct dropped dropped;
	unsigned int user;
	int err;

	tzset(); /* while its file can be read for sure */
	err = drop_rights(opts->keep, opts->root, &dropped, text, size);
	if (err)
		return err;
	user = geteuid(); /* a call that may not be allowed afterwards */
	err = drop_calls(opts, &calls);
	if (err)
		return failed(err, "cannot filter the system calls", text, size);
	snprintf(text, size, "user %u%s, %s%s, no new ones, %s", user, user_remark(&dropped),
		 dropped.kept ? "capabilities only " : "no capabilities",
		 dropped.kept ? opts->keep_for : "", calls);
	return 0;
}
