// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three walls, for what passes one of them: no capability, no file system (Landlock), and
 * no system call but those of a list (seccomp).
 */

#include "confine.h"
#include "log_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <keyutils.h>

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* Beside those that are open: for the logs of peers. */
#define SPARE_FDS	16

/* Memory, clocks, random numbers, and octets over descriptors that are there. */
static const int everybody[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(close), SCMP_SYS(sendmsg), SCMP_SYS(recvmsg),
	SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64), SCMP_SYS(getrandom), SCMP_SYS(brk), SCMP_SYS(munmap),
	SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(futex_time64),
	SCMP_SYS(time), SCMP_SYS(gettimeofday), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_nanosleep_time64), SCMP_SYS(getrusage), SCMP_SYS(sysinfo),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* The logs of peers that it remembers (log_cache.c). */
static const int verifiers[] = {
	SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(lseek), SCMP_SYS(_llseek),
	SCMP_SYS(getdents64), SCMP_SYS(dup), SCMP_SYS(rename), SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(flock),
};

/* How it ends its side after a refusal. */
static const int workers[] = { SCMP_SYS(shutdown) };

/*
 * Calls of which a part only is harmless. The kernel looks at 32 bits of these
 * arguments, whatever a library leaves in the others.
 */
struct part {
	int call;
	unsigned int count;
	struct scmp_arg_cmp args[2];
};

#define WHERE(n, mask, value) { (n), SCMP_CMP_MASKED_EQ, (mask), (value) }
#define IS(n, value)	WHERE(n, UINT32_MAX, (uint32_t)(value))
#define ALL_OF(a)	(a), COUNT(a)

/* No memory that is written is run. */
static const struct part everybodys_parts[] = {
	{ SCMP_SYS(mmap),	1, { WHERE(2, PROT_EXEC, 0) } },
	{ SCMP_SYS(mprotect),	1, { WHERE(2, PROT_EXEC, 0) } },
};

/* All other options stay with the socket when the kernel has it: ULP, filters, marks. */
static const struct part workers_parts[] = {
	{ SCMP_SYS(getsockopt),	2, { IS(1, IPPROTO_TCP), IS(2, TCP_NODELAY) } },
	{ SCMP_SYS(setsockopt),	2, { IS(1, IPPROTO_TCP), IS(2, TCP_NODELAY) } },
};

/*
 * Landlock does not know O_PATH, nor any fcntl(2): one can have whoever is named in
 * F_SETOWN killed, and no capability is asked for that.
 */
static const struct part verifiers_parts[] = {
	{ SCMP_SYS(openat),	1, { WHERE(2, O_PATH, 0) } },
	{ SCMP_SYS(fcntl),	1, { IS(1, F_GETFL) } },
	{ SCMP_SYS(fcntl),	1, { IS(1, F_SETFD) } },
	{ SCMP_SYS(fcntl64),	1, { IS(1, F_GETFL) } },
	{ SCMP_SYS(fcntl64),	1, { IS(1, F_SETFD) } },
};

static const struct part refused_parts[] = {
	{ SCMP_SYS(openat),	1, { WHERE(2, O_PATH, O_PATH) } },
};

/* By their number, which is positive: the special ones stand for what is the user's. */
#define A_NUMBER(n)	WHERE(n, 1u << 31, 0)

static const struct part keys_parts[] = {
	{ SCMP_SYS(keyctl),	2, { IS(0, KEYCTL_DESCRIBE), A_NUMBER(1) } },
	{ SCMP_SYS(keyctl),	2, { IS(0, KEYCTL_READ), A_NUMBER(1) } },
};

/*
 * Libraries look for files of their own, and go on without. Landlock would let anybody
 * ask for the size of a file.
 */
static const int refused[] = {
	SCMP_SYS(open), SCMP_SYS(openat2), SCMP_SYS(stat), SCMP_SYS(stat64),
	SCMP_SYS(lstat), SCMP_SYS(lstat64), SCMP_SYS(newfstatat), SCMP_SYS(fstatat64),
	SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat),
};

void confine_start(void)
{
	struct rlimit none = { 0 };

	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
}

static bool drop_capabilities(void)
{
	cap_t none = cap_init();
	bool done = none && !cap_set_proc(none);

	cap_free(none);
	return done;
}

/* Longer than what a verifier keeps of a peer no file may become, however many there are. */
static bool limit_files(rlim_t octets)
{
	const struct rlimit limit = { octets, octets };

	return !setrlimit(RLIMIT_FSIZE, &limit);
}

/*
 * The kernel counts descriptors in messages that nobody has taken for all processes of a
 * user, and lets who may have fewer send none. Root's own would not be sent any more.
 */
static bool limit_descriptors(void)
{
	int next = dup(STDIN_FILENO);
	const struct rlimit limit = { (rlim_t)next + SPARE_FDS, (rlim_t)next + SPARE_FDS };

	return next >= 0 && !close(next) && !setrlimit(RLIMIT_NOFILE, &limit);
}

/* What there is to forbid in files, by the version of the kernel's Landlock. */
static uint64_t all_access(int version)
{
	uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	return version < 2 ? all :
	       version < 3 ? all | LANDLOCK_ACCESS_FS_REFER :
			     all | LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_TRUNCATE;
}

static bool allow_below(int rules, const char *dir)
{
	struct landlock_path_beneath_attr below = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
				  LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
				  LANDLOCK_ACCESS_FS_REMOVE_FILE,
		.parent_fd = open(dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
	};
	bool done;

	if (below.parent_fd < 0)
		return errno == ENOENT;
	done = !syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
	close(below.parent_fd);
	return done;
}

/* False: not here, or not as asked for. */
static bool forbid_files(const char *but_below)
{
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
				   LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = { .handled_access_fs = all_access(version) };
	bool done;
	int rules;

	if (version < 1)
		return false;
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs),
			     0);
	if (rules < 0)
		return false;
	done = (!but_below || allow_below(rules, but_below)) &&
	       !syscall(SYS_landlock_restrict_self, rules, 0);
	close(rules);
	return done;
}

/* What this architecture does not have is not an error (EDOM). */
static bool answer(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int err = seccomp_rule_add(filter, action, calls[i], 0);

		if (err && err != -EDOM)
			return false;
	}
	return true;
}

static bool answer_parts(scmp_filter_ctx filter, uint32_t action, const struct part *parts,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int err = seccomp_rule_add_array(filter, action, parts[i].call, parts[i].count,
						 parts[i].args);

		if (err && err != -EDOM)
			return false;
	}
	return true;
}

/* For both; of what a library may look for each has its own idea. */
static bool allow(scmp_filter_ctx filter)
{
	return answer(filter, SCMP_ACT_ALLOW, ALL_OF(everybody)) &&
	       answer_parts(filter, SCMP_ACT_ALLOW, ALL_OF(everybodys_parts)) &&
	       answer(filter, SCMP_ACT_ERRNO(EACCES), ALL_OF(refused));
}

static bool allow_files(scmp_filter_ctx filter)
{
	return answer(filter, SCMP_ACT_ALLOW, ALL_OF(verifiers)) &&
	       answer_parts(filter, SCMP_ACT_ALLOW, ALL_OF(verifiers_parts)) &&
	       answer_parts(filter, SCMP_ACT_ERRNO(EACCES), ALL_OF(refused_parts));
}

/* A rule for a whole call takes the place of those for its parts. */
static bool refuse_files(scmp_filter_ctx filter)
{
	static const int calls[] = { SCMP_SYS(openat) };

	return answer(filter, SCMP_ACT_ERRNO(EACCES), ALL_OF(calls));
}

static bool allow_keys(scmp_filter_ctx filter, uint32_t keyring)
{
	const struct part search[] = {
		{ SCMP_SYS(keyctl), 2, { IS(0, KEYCTL_SEARCH), IS(1, keyring) } },
	};

	return answer_parts(filter, SCMP_ACT_ALLOW, ALL_OF(keys_parts)) &&
	       answer_parts(filter, SCMP_ACT_ALLOW, ALL_OF(search));
}

/* Standard input is /dev/null, for reading and writing (spawn.c). */
static bool silence(void)
{
	return dup2(STDIN_FILENO, STDERR_FILENO) == STDERR_FILENO;
}

static bool load(scmp_filter_ctx filter, bool complete)
{
	bool done = complete &&
		    !seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) &&
		    !seccomp_load(filter);

	seccomp_release(filter);
	return done;
}

bool confine_worker(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

	/* No call of its list finds a file: a second wall, where there is one. */
	forbid_files(NULL);
	return filter && silence() && limit_files(0) && limit_descriptors() &&
	       drop_capabilities() &&
	       load(filter, allow(filter) && refuse_files(filter) &&
			    answer(filter, SCMP_ACT_ALLOW, ALL_OF(workers)) &&
			    answer_parts(filter, SCMP_ACT_ALLOW, ALL_OF(workers_parts)));
}

bool confine_verifier(const char *dir, const uint32_t *keyring)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool files = dir && forbid_files(dir);

	return filter && silence() && limit_files(files ? LOG_CACHE_MAX : 0) &&
	       limit_descriptors() && drop_capabilities() &&
	       load(filter, allow(filter) &&
			    (files ? allow_files(filter) : refuse_files(filter)) &&
			    (!keyring || allow_keys(filter, *keyring)));
}
