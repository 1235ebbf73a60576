// SPDX-License-Identifier: GPL-2.0-or-later

#include "attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

static char dir[] = "/tmp/seal-confine.XXXXXX";
static char outside[] = "/tmp/seal-secret.XXXXXX";
static pid_t other;
static int root_fd, kept_fd, tcp_fd, socket_fd[2];
int attempts_pipe[2];
/* The consumer's keyring, and a key of root's own programs; 0: keyctl(2) is not to be had. */
static key_serial_t ring, passphrase;

/* Each returns 0, or the errno. */

static int result(long ret)
{
	return ret < 0 ? errno : 0;
}

static int reads_a_file(void)
{
	return result(open(outside, O_RDONLY));
}

static int reads_by_a_directory(void)
{
	return result(openat(root_fd, outside + 1, O_RDONLY));
}

static int looks_at_a_file(void)
{
	struct stat st;

	return result(stat(outside, &st));
}

static int asks_for_the_size_of_a_file(void)
{
	struct statx st;

	return result(statx(AT_FDCWD, outside, 0, STATX_SIZE, &st));
}

static int takes_hold_of_a_file(void)
{
	struct stat st;
	int fd = open(outside, O_PATH | O_CLOEXEC);

	return fd < 0 ? errno : result(fstat(fd, &st));
}

static int looks_at_what_it_has(void)
{
	struct stat st;

	return result(fstat(kept_fd, &st));
}

static int writes_a_file(void)
{
	return result(open(outside, O_WRONLY));
}

static int reads_inside(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/kept", dir);
	return result(open(path, O_RDONLY));
}

static int keeps_inside(void)
{
	char path[64], fresh[70];
	int fd;

	snprintf(path, sizeof(path), "%s/kept", dir);
	snprintf(fresh, sizeof(fresh), "%s.1", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? errno : result(write(fd, "log", 3)) ?: result(rename(fresh, path));
}

static int writes_at(int fd, off_t at)
{
	return result(lseek(fd, at, SEEK_SET)) ?: result(write(fd, "", 1));
}

/* As long as the longest log, and one octet more. Else the signal would be what comes. */
static int keeps_too_much(void)
{
	const off_t longest = (64 << 20) + 16;
	char path[64];
	sigset_t set;
	int fd, ret;

	sigemptyset(&set);
	sigaddset(&set, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &set, NULL);
	snprintf(path, sizeof(path), "%s/long", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	ret = writes_at(fd, longest - 1) ? EIO : writes_at(fd, longest);
	unlink(path);
	return ret;
}

static int goes_out_by_a_link(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/link", dir);
	return result(open(path, O_RDONLY));
}

static int moves_something_out(void)
{
	char path[64], to[64];

	snprintf(path, sizeof(path), "%s/other", dir);
	snprintf(to, sizeof(to), "%s.moved", dir);
	return result(rename(path, to)) ?: result(rename(to, path));
}

static int makes_a_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int speaks_netlink(void)
{
	return result(socket(AF_NETLINK, SOCK_RAW, 16));
}

static int connects(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	return result(connect(socket_fd[0], &none, sizeof(none))) == EINVAL ? 0 : errno;
}

static int executes(void)
{
	if (!fork())
		_exit(execl("/bin/true", "true", NULL));
	return 0;
}

static int forks(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	return result(child);
}

static int kills(void)
{
	return result(kill(other, 0));
}

static int kills_a_thread(void)
{
	return result(syscall(SYS_tgkill, other, other, 0));
}

static int signals_by_a_pidfd(void)
{
	int fd = (int)syscall(SYS_pidfd_open, other, 0);

	return fd < 0 ? errno : result(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
}

/* What comes next over the channel kills. */
static int signals_by_a_descriptor(void)
{
	return result(fcntl(socket_fd[0], F_SETSIG, SIGKILL)) ?:
	       result(fcntl(socket_fd[0], F_SETOWN, other));
}

static int asks_for_signals(void)
{
	return result(fcntl(socket_fd[0], F_SETFL, O_RDWR | O_ASYNC));
}

static int asks_a_device_for_signals(void)
{
	int on = 1;

	return result(ioctl(socket_fd[0], FIOASYNC, &on)) ?:
	       result(ioctl(socket_fd[0], FIOSETOWN, &other));
}

static int watches_a_directory(void)
{
	return result(fcntl(root_fd, F_NOTIFY, DN_CREATE));
}

static int leases_a_file(void)
{
	return result(fcntl(kept_fd, F_SETLEASE, F_RDLCK));
}

static int locks_a_file(void)
{
	struct flock all = { .l_type = F_RDLCK };

	return result(fcntl(kept_fd, F_SETLK, &all));
}

static int resizes_a_pipe(void)
{
	return result(fcntl(attempts_pipe[0], F_SETPIPE_SZ, 1 << 20));
}

static int slows_another_one(void)
{
	return result(setpriority(PRIO_PROCESS, (id_t)other, 19));
}

static int moves_another_one(void)
{
	cpu_set_t all;

	return result(sched_getaffinity(other, sizeof(all), &all)) ?:
	       result(sched_setaffinity(other, sizeof(all), &all));
}

static int limits_another_one(void)
{
	struct rlimit limit = { 64, 64 };

	return result(prlimit(other, RLIMIT_NOFILE, &limit, NULL));
}

static int advises_another_one(void)
{
	struct iovec none = { dir, 0 };
	int fd = (int)syscall(SYS_pidfd_open, other, 0);

	return fd < 0 ? errno : result(syscall(SYS_process_madvise, fd, &none, 0, MADV_COLD, 0));
}

static int writes_memory(void)
{
	char here = 0;
	struct iovec from = { &here, 1 }, to = { socket_fd, 1 };

	return result(process_vm_writev(other, &from, 1, &to, 1, 0));
}

static int lets_itself_be_traced(void)
{
	return result(prctl(PR_SET_DUMPABLE, 1));
}

static int makes_a_thread(void)
{
	long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (!child)
		_exit(0);
	return result(child);
}

static int executes_a_descriptor(void)
{
	int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
	char *const argv[] = { "true", NULL };

	/* Where there is no file to be had the call itself is what counts. */
	syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
	return errno;
}

static int makes_a_file_of_memory(void)
{
	return result(memfd_create("seal", 0));
}

static int makes_a_ring(void)
{
	uint8_t params[120] = { 0 };
	long fd = syscall(SYS_io_uring_setup, 1, params);

	/* A container or sysctl may forbid it. */
	return fd >= 0 || errno == EPERM || errno == ENOSYS ? 0 : errno;
}

static int loads_a_program(void)
{
	/* Refused for its arguments, which are none. */
	syscall(SYS_bpf, 0, NULL, 0);
	return 0;
}

static int leaves_its_namespace(void)
{
	return result(unshare(CLONE_FS));
}

#define FDS_MAX	253u	/* of one message, SCM_MAX_FD of the kernel */

static int send_descriptors(unsigned int count)
{
	union {
		char octets[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} space = { { 0 } };
	struct iovec iov = { "x", 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &space,
				  .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(count * sizeof(int));
	for (unsigned int i = 0; i < count; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(int), &attempts_pipe[0], sizeof(int));
	return result(sendmsg(socket_fd[0], &message, 0));
}

static int take_message(void)
{
	char text[1];

	return result(recv(socket_fd[1], text, 1, 0));
}

static int hands_on_a_descriptor(void)
{
	return send_descriptors(1) ?: take_message();
}

/* Of these the kernel counts all that a user has. */
static int leaves_descriptors_in_flight(void)
{
	int first = send_descriptors(FDS_MAX), second = send_descriptors(FDS_MAX);

	take_message();
	if (!second)
		take_message();
	return first ?: second;
}

static int traces(void)
{
	return result(ptrace(PTRACE_SEIZE, other, NULL, NULL));
}

static int reads_memory(void)
{
	char here;
	struct iovec to = { &here, 1 }, from = { dir, 1 };

	return result(process_vm_readv(other, &to, 1, &from, 1, 0));
}

static int takes_a_descriptor(void)
{
	int fd = (int)syscall(SYS_pidfd_open, other, 0);

	return fd < 0 ? errno : result(syscall(SYS_pidfd_getfd, fd, 0, 0));
}

static int runs_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return result(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int maps_to_run(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED ? errno : 0;
}

static int changes_its_user(void)
{
	return result(setuid(65534));
}

static int gets_limits_back(void)
{
	struct rlimit limit = { 1, 1 };

	return result(setrlimit(RLIMIT_NPROC, &limit));
}

static int revokes_a_key(void)
{
	return result(syscall(SYS_keyctl, KEYCTL_CLEAR, KEY_SPEC_PROCESS_KEYRING)) == ENOKEY ?
	       0 : errno;
}

static int looks_for_a_key(void)
{
	errno = 0;
	syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_PROCESS_KEYRING, "user", "none", 0);
	/* A container may forbid keyctl(2). */
	return errno == ENOKEY || errno == ENOSYS || errno == EPERM ? 0 : errno;
}

/* A container may forbid keyctl(2). */
static int key_result(long ret)
{
	return ring ? result(ret) : 0;
}

static int looks_in_the_consumers_ring(void)
{
	return key_result(syscall(SYS_keyctl, KEYCTL_SEARCH, ring, "user", "seal-confine-psk", 0));
}

static int looks_in_the_users_ring(void)
{
	return key_result(syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user",
				  "seal-confine", 0));
}

static int links_the_users_ring(void)
{
	return key_result(syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING,
				  KEY_SPEC_PROCESS_KEYRING));
}

static int lists_the_users_ring(void)
{
	key_serial_t all[64];

	return key_result(syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_USER_KEYRING, all,
				  sizeof(all)));
}

static int reads_a_key_of_the_user(void)
{
	char text[16];

	return key_result(syscall(SYS_keyctl, KEYCTL_READ, passphrase, text, sizeof(text)));
}

static int adds_a_key(void)
{
	return key_result(syscall(SYS_add_key, "user", "seal-confine", "x", 1,
				  KEY_SPEC_PROCESS_KEYRING));
}

static int requests_a_key(void)
{
	syscall(SYS_request_key, "user", "seal-confine-none", NULL, 0);
	return key_result(0);
}

static int controls_a_device(void)
{
	int here;

	return result(ioctl(attempts_pipe[0], FIONREAD, &here));
}

static int sets_another_option(void)
{
	int buffer = 65536;

	return result(setsockopt(tcp_fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)));
}

static int filters_a_socket(void)
{
	return setsockopt(tcp_fd, SOL_SOCKET, SO_ATTACH_FILTER, NULL, 0) && errno == EINVAL ?
	       0 : errno;
}

static int gives_a_socket_to_the_kernel(void)
{
	/* It is not connected. */
	return setsockopt(tcp_fd, SOL_TCP, TCP_ULP, "tls", 3) && errno != EPERM ? 0 : errno;
}

static int asks_who_is_there(void)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return result(getsockopt(socket_fd[0], SOL_SOCKET, SO_PEERCRED, &peer, &len));
}

static int uses_what_it_has(void)
{
	int on = 1, n = (int)send(socket_fd[0], "seal", 4, 0);
	struct timespec ts;
	char text[4];

	if (n != 4 || recv(socket_fd[1], text, 4, 0) != 4)
		return errno;
	free(malloc(1 << 20));
	return result(clock_gettime(CLOCK_BOOTTIME, &ts)) ?:
	       result(setsockopt(tcp_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
}

/* And the verifier has no connection. */
static int talks_to_the_worker(void)
{
	char text[4];

	return send(socket_fd[0], "seal", 4, 0) == 4 && recv(socket_fd[1], text, 4, 0) == 4 ?
	       0 : errno;
}

static int speaks_in_the_log(void)
{
	char text[4];

	return write(STDERR_FILENO, "seal", 4) == 4 &&
	       read(attempts_pipe[0], text, 4) == 4 ? 0 : EPIPE;
}

#define NOBODY		{ 0, KILLED, KILLED, KILLED, KILLED }
#define EVERYBODY	{ 0, 0, 0, 0, 0 }
#define NO_FILE		{ 0, EACCES, EACCES, EACCES, EACCES }

const struct attempt attempts[] = {
	{ "reads a file", reads_a_file, NO_FILE },
	{ "reads a file by a directory that it has", reads_by_a_directory, NO_FILE },
	{ "looks at a file", looks_at_a_file, NO_FILE },
	{ "asks for the size of a file", asks_for_the_size_of_a_file, NO_FILE },
	{ "takes hold of a file", takes_hold_of_a_file, NO_FILE },
	{ "looks at what it has", looks_at_what_it_has, { 0, KILLED, 0, KILLED, 0 } },
	{ "writes a file", writes_a_file, NO_FILE },
	{ "reads what is kept", reads_inside, { 0, EACCES, 0, EACCES, 0 } },
	{ "keeps something", keeps_inside, { 0, EACCES, 0, EACCES, 0 } },
	{ "keeps more than there can be", keeps_too_much, { 0, EACCES, EFBIG, EACCES, EFBIG } },
	{ "goes out by a link", goes_out_by_a_link, NO_FILE },
	{ "moves something out", moves_something_out, { 0, KILLED, EACCES, KILLED, EACCES } },
	{ "makes a socket", makes_a_socket, NOBODY },
	{ "speaks netlink", speaks_netlink, NOBODY },
	{ "connects", connects, NOBODY },
	{ "sets another option", sets_another_option, NOBODY },
	{ "filters a socket", filters_a_socket, NOBODY },
	{ "gives a socket to the kernel", gives_a_socket_to_the_kernel, NOBODY },
	{ "asks who is there", asks_who_is_there, NOBODY },
	{ "hands on a descriptor", hands_on_a_descriptor, EVERYBODY },
	{ "leaves descriptors in flight", leaves_descriptors_in_flight,
	  { 0, ETOOMANYREFS, ETOOMANYREFS, ETOOMANYREFS, ETOOMANYREFS } },
	{ "executes", executes, NOBODY },
	{ "executes a descriptor", executes_a_descriptor, NOBODY },
	{ "forks", forks, NOBODY },
	{ "makes a thread", makes_a_thread, NOBODY },
	{ "kills", kills, NOBODY },
	{ "kills a thread", kills_a_thread, NOBODY },
	{ "signals by a pidfd", signals_by_a_pidfd, NOBODY },
	{ "signals by a descriptor", signals_by_a_descriptor, NOBODY },
	{ "asks for signals", asks_for_signals, NOBODY },
	{ "asks a device for signals", asks_a_device_for_signals, NOBODY },
	{ "watches a directory", watches_a_directory, NOBODY },
	{ "leases a file", leases_a_file, NOBODY },
	{ "locks a file", locks_a_file, NOBODY },
	{ "resizes a pipe", resizes_a_pipe, NOBODY },
	{ "traces", traces, NOBODY },
	{ "lets itself be traced", lets_itself_be_traced, NOBODY },
	{ "reads another one's memory", reads_memory, NOBODY },
	{ "writes another one's memory", writes_memory, NOBODY },
	{ "advises another one's memory", advises_another_one, NOBODY },
	{ "takes another one's descriptor", takes_a_descriptor, NOBODY },
	{ "slows another one", slows_another_one, NOBODY },
	{ "moves another one", moves_another_one, NOBODY },
	{ "limits another one", limits_another_one, NOBODY },
	{ "runs memory that it wrote", runs_memory, NOBODY },
	{ "maps memory to run", maps_to_run, NOBODY },
	{ "makes a file of memory", makes_a_file_of_memory, NOBODY },
	{ "makes a ring", makes_a_ring, NOBODY },
	{ "loads a program", loads_a_program, NOBODY },
	{ "leaves its namespace", leaves_its_namespace, NOBODY },
	{ "changes its user", changes_its_user, NOBODY },
	{ "changes its limits", gets_limits_back, NOBODY },
	{ "clears a keyring", revokes_a_key, NOBODY },
	{ "looks for a key", looks_for_a_key, NOBODY },
	{ "looks in the consumer's keyring", looks_in_the_consumers_ring,
	  { 0, KILLED, KILLED, KILLED, 0 } },
	{ "looks in the user's keyring", looks_in_the_users_ring, NOBODY },
	{ "links the user's keyring", links_the_users_ring, NOBODY },
	{ "lists the user's keyring", lists_the_users_ring, NOBODY },
	{ "reads a key of the user", reads_a_key_of_the_user,
	  { 0, KILLED, KILLED, KILLED, EACCES } },
	{ "adds a key", adds_a_key, NOBODY },
	{ "requests a key", requests_a_key, NOBODY },
	{ "controls a device", controls_a_device, NOBODY },
	{ "uses what it has", uses_what_it_has, { 0, 0, KILLED, KILLED, KILLED } },
	{ "talks over what it has", talks_to_the_worker, EVERYBODY },
	{ "speaks in the monitor's log", speaks_in_the_log, { 0, EPIPE, EPIPE, EPIPE, EPIPE } },
};

const size_t attempts_count = sizeof(attempts) / sizeof(attempts[0]);

/* A session of our own, that has what the user's programs keep within reach. */
static void stage_keys(void)
{
	if (keyctl_join_session_keyring(NULL) < 0)
		return;
	passphrase = add_key("user", "seal-confine", "passphrase", 10, KEY_SPEC_USER_KEYRING);
	ring = add_key("keyring", "seal-confine", NULL, 0, KEY_SPEC_SESSION_KEYRING);
	must(passphrase > 0 && ring > 0 &&
	     add_key("user", "seal-confine-psk", "key", 3, ring) > 0 &&
	     !keyctl_link(KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING), "keys");
}

void attempts_stage(void)
{
	char path[64];
	int fd;

	other = fork();
	if (!other)
		for (;;)
			pause();
	fd = mkstemp(outside);
	must(mkdtemp(dir) && fd >= 0, "files");
	close(fd);
	snprintf(path, sizeof(path), "%s/link", dir);
	must(!symlink(outside, path), "link");
	snprintf(path, sizeof(path), "%s/kept", dir);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	snprintf(path, sizeof(path), "%s/other", dir);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	kept_fd = open(outside, O_RDONLY | O_CLOEXEC);
	root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tcp_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	stage_keys();
	must(root_fd >= 0 && kept_fd >= 0 && tcp_fd >= 0 && !pipe2(attempts_pipe, O_NONBLOCK) &&
	     !socketpair(AF_UNIX, SOCK_STREAM, 0, socket_fd), "descriptors");
	fd = open("/dev/null", O_RDWR);
	dup2(fd, STDIN_FILENO);
}

void attempts_clear(void)
{
	static const char * const names[] = { "link", "kept", "other" };
	char path[64];

	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	if (ring)
		keyctl_unlink(passphrase, KEY_SPEC_USER_KEYRING);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
	unlink(outside);
}

const char *attempts_dir(void)
{
	return dir;
}

uint32_t attempts_ring(void)
{
	return (uint32_t)ring;
}
