/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/notify.h"
#include "lib/worker.h"

/* What the workers leave for the test, in shared memory. */
#ifdef __SANITIZE_ADDRESS__	/* its exit looks for leaks, which takes time */
#define SOON_MS 5000
#else
#define SOON_MS 900
#endif

static struct shared {
	_Atomic int started, served, crash, busy, stubborn;
	_Atomic int pids[64];
	_Atomic int dumpable, core;
} *sh;

static pid_t master_pid;
static int notes = -1;		/* what systemd would be told */

static void
sleep_ms(int ms)
{
	poll(NULL, 0, ms);
}

/* Waits for a condition without burning the processor. */
#define eventually(cond) do {						\
	int tries_ = 0;							\
	while (!(cond) && tries_++ < 500)				\
		sleep_ms(10);						\
	ck_assert_msg(cond, "%s", #cond);				\
} while (0)

static int
run(int pool, int fd, void *arg)
{
	struct rlimit core;
	int n = sh->started++;

	(void)pool;
	(void)fd;
	(void)arg;
	if (n < 64)
		sh->pids[n] = getpid();
	getrlimit(RLIMIT_CORE, &core);
	sh->core = (int)core.rlim_max;
	sh->dumpable = prctl(PR_GET_DUMPABLE);
	if (sh->crash)
		_exit(3);
	worker_ready();
	if (sh->busy) {
		worker_busy();
		sh->busy = 0;
		sleep(60);
	}
	while (!worker_leaving()) {
		ppoll(NULL, 0, &(struct timespec){ 1, 0 },
		    worker_wait_mask());
		if (sh->served > 0) {
			sh->served--;
			worker_busy();
			worker_idle();
		}
	}
	while (sh->stubborn)
		sleep_ms(10);
	return 0;
}

static struct worker_pool pools[] = { { "main", -1, 2, run } };
static struct worker_conf conf;

static void
start_master(void)
{
	master_pid = fork();
	ck_assert_int_ne(master_pid, -1);
	if (master_pid == 0) {
		log_init("test", LOG_NONE);
		_exit(worker_master(&conf));
	}
}

static int
wait_master(void)
{
	int status = -1;

	eventually(waitpid(master_pid, &status, WNOHANG) != 0);
	master_pid = 0;
	return status;
}

static int
end_master(int sig)
{
	kill(master_pid, sig);
	return wait_master();
}

static void
setup(void)
{
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(sh, MAP_FAILED);
	conf = (struct worker_conf){ pools, 1, 0, 5, 0, NULL };
	pools[0].workers = 2;
	master_pid = 0;
}

static void
teardown(void)
{
	if (master_pid > 0)
		kill(master_pid, SIGKILL);
	munmap(sh, sizeof(*sh));
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	if (notes != -1)
		close(notes);
	notes = -1;
}

static bool
gone(int pid)
{
	return kill(pid, 0) == -1 && errno == ESRCH;
}

static void
listen_for_notes(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(sa_family_t);
	char name[64];

	notes = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(notes, (struct sockaddr *)&sa, len), 0);
	len = sizeof(sa);
	getsockname(notes, (struct sockaddr *)&sa, &len);
	snprintf(name, sizeof(name), "@%.*s",
	    (int)(len - sizeof(sa_family_t) - 1), sa.sun_path + 1);
	setenv("NOTIFY_SOCKET", name, 1);
}

/* Waits for that note, whatever comes before it. */
static void
expect_note(const char *text)
{
	struct pollfd p = { notes, POLLIN, 0 };
	char note[256];
	ssize_t n;

	do {
		ck_assert_int_eq(poll(&p, 1, 5000), 1);
		n = recv(notes, note, sizeof(note) - 1, 0);
		ck_assert_int_gt(n, 0);
		note[n] = '\0';
	} while (strstr(note, text) == NULL);
}

START_TEST(term_ends_idle_workers_at_once)
{
	int64_t t;

	start_master();
	eventually(sh->started == 2);
	t = now_ms();
	ck_assert_int_eq(end_master(SIGTERM), 0);
	ck_assert_int_lt(now_ms() - t, SOON_MS);
	ck_assert(gone(sh->pids[0]) && gone(sh->pids[1]));
	ck_assert_int_eq(sh->dumpable, 0);
	ck_assert_int_eq(sh->core, 0);
}
END_TEST

START_TEST(a_killed_worker_is_replaced)
{
	start_master();
	eventually(sh->started == 2);
	kill(sh->pids[0], SIGKILL);
	eventually(sh->started == 3);
	kill(sh->pids[1], SIGTERM);
	eventually(sh->started == 4);
	ck_assert_int_eq(end_master(SIGINT), 0);
}
END_TEST

START_TEST(a_crash_loop_slows_down)
{
	sh->crash = 1;
	start_master();
	sleep_ms(1500);
	/* Two at 0, 100, 300, 700 and, if late, 1500 ms. */
	ck_assert_int_ge(sh->started, 4);
	ck_assert_int_le(sh->started, 10);
	sh->crash = 0;
	eventually(sh->started >= 10);
	ck_assert_int_eq(end_master(SIGTERM), 0);
}
END_TEST

START_TEST(hup_replaces_one_by_one)
{
	pid_t first, second;

	listen_for_notes();
	start_master();
	expect_note("READY=1");
	first = sh->pids[0];
	second = sh->pids[1];
	sh->stubborn = 1;
	kill(master_pid, SIGHUP);
	expect_note("RELOADING=1\nMONOTONIC_USEC=");
	expect_note("READY=1");
	/* The old ones were told only after the new ones were there. */
	ck_assert_int_eq(sh->started, 4);
	ck_assert(!gone(first) && !gone(second));
	sh->stubborn = 0;
	eventually(gone(first) && gone(second));
	kill(master_pid, SIGTERM);
	expect_note("STOPPING=1");
	ck_assert_int_eq(wait_master(), 0);
	ck_assert_int_eq(sh->started, 4);
}
END_TEST

START_TEST(signals_without_a_meaning)
{
	static const int sigs[] = { SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM };

	start_master();
	eventually(sh->started == 2);
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		kill(sh->pids[0], sigs[i]);
		kill(master_pid, sigs[i]);
		sleep_ms(50);
		ck_assert_int_eq(waitpid(master_pid, NULL, WNOHANG), 0);
	}
	ck_assert_int_eq(end_master(SIGTERM), 0);
	ck_assert_int_eq(sh->started, 2);
}
END_TEST

START_TEST(drain_ends_by_kill)
{
	int64_t t;

	conf.drain_s = 1;
	start_master();
	eventually(sh->started == 2);
	sh->stubborn = 1;
	t = now_ms();
	ck_assert_int_eq(end_master(SIGQUIT), 0);
	ck_assert_int_ge(now_ms() - t, 1000);
	ck_assert_int_lt(now_ms() - t, 2500);
}
END_TEST

START_TEST(a_stuck_worker_is_killed)
{
	conf.stuck_s = 1;
	sh->busy = 1;
	pools[0].workers = 1;
	start_master();
	eventually(sh->started == 1 && sh->busy == 0);
	eventually(sh->started == 2);
	ck_assert(gone(sh->pids[0]));
	ck_assert_int_eq(end_master(SIGTERM), 0);
}
END_TEST

START_TEST(leaves_after_max_requests)
{
	conf.max_requests = 10;
	pools[0].workers = 1;
	sh->served = 11;
	start_master();
	eventually(sh->started == 1);
	kill(sh->pids[0], SIGUSR1);
	while (sh->served > 0) {
		kill(sh->pids[0], SIGUSR1);
		sleep_ms(10);
		if (sh->started > 1)
			break;
	}
	eventually(sh->started == 2);
	ck_assert_int_le(sh->served, 2);
	ck_assert_int_eq(end_master(SIGTERM), 0);
}
END_TEST

START_TEST(workers_die_with_the_master)
{
	start_master();
	eventually(sh->started == 2);
	end_master(SIGKILL);
	eventually(gone(sh->pids[0]) && gone(sh->pids[1]));
}
END_TEST

START_TEST(watchdog_is_fed)
{
	listen_for_notes();
	setenv("WATCHDOG_USEC", "400000", 1);
	start_master();
	expect_note("READY=1");
	expect_note("WATCHDOG=1");
	expect_note("WATCHDOG=1");
	ck_assert_int_eq(end_master(SIGTERM), 0);
}
END_TEST

START_TEST(watchdog_of_another_process)
{
	setenv("WATCHDOG_USEC", "400000", 1);
	ck_assert_int_eq(notify_watchdog_ms(), 400);
	setenv("WATCHDOG_PID", "1", 1);
	ck_assert_int_eq(notify_watchdog_ms(), 0);
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	ck_assert_int_eq(notify_watchdog_ms(), 0);
}
END_TEST

START_TEST(socket_at_a_path)
{
	char dir[] = "/tmp/worker-test-XXXXXX", path[64], big[200];
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *why;
	struct stat st;
	int a, b, c;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	a = worker_listen(0, path, 16, &why);
	ck_assert_int_ge(a, 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0660);
	b = worker_listen(0, path, 16, &why);	/* takes the place */
	ck_assert_int_ge(b, 0);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(c, (struct sockaddr *)&sa, sizeof(sa)), 0);
	fcntl(b, F_SETFL, O_NONBLOCK);
	ck_assert_int_ge(accept(b, NULL, NULL), 0);
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);	/* nothing left beside it */

	ck_assert_int_eq(worker_listen(0, path, 16, &why), -1);
	ck_assert_ptr_nonnull(strstr(why, path));
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ck_assert_int_eq(worker_listen(0, big, 16, &why), -1);
}
END_TEST

START_TEST(sockets_from_systemd)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *why;
	char pid[16];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa,
	    sizeof(sa_family_t)), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	dup2(fd, 4);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "2", 1);
	ck_assert_int_eq(worker_listen(1, "/nowhere/sock", 4, &why), 4);
	ck_assert_int_eq(fcntl(4, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(worker_listen(2, NULL, 4, &why), -1);
	ck_assert_ptr_nonnull(strstr(why, "LISTEN_FDS"));
	setenv("LISTEN_PID", "1", 1);
	ck_assert_int_eq(worker_listen(1, NULL, 4, &why), -1);
	unsetenv("LISTEN_PID");
	dup2(fd, STDIN_FILENO);		/* spawn-fcgi */
	ck_assert_int_eq(worker_listen(0, NULL, 4, &why), STDIN_FILENO);
}
END_TEST

SUITE(worker)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, term_ends_idle_workers_at_once);
	tcase_add_test(tc, a_killed_worker_is_replaced);
	tcase_add_test(tc, a_crash_loop_slows_down);
	tcase_add_test(tc, hup_replaces_one_by_one);
	tcase_add_test(tc, signals_without_a_meaning);
	tcase_add_test(tc, drain_ends_by_kill);
	tcase_add_test(tc, a_stuck_worker_is_killed);
	tcase_add_test(tc, leaves_after_max_requests);
	tcase_add_test(tc, workers_die_with_the_master);
	tcase_add_test(tc, watchdog_is_fed);
	tcase_add_test(tc, watchdog_of_another_process);
	tcase_add_test(tc, socket_at_a_path);
	if (forked())	/* it takes over descriptors of the process */
		tcase_add_test(tc, sockets_from_systemd);
}
