// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading a configuration directory: the only I/O of verify/. */
#include "verify/rules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verify/seen.h"

#define TRUST_FILE_MAX	(4u << 20)
#define LIST_FILE_MAX	(64u << 20)
#define VERIFIER_FILE_MAX	16384u
#define PATH_LEN	4096

/* All of an open file of that size into new memory. */
static bool read_all(int fd, size_t size, uint8_t **data_ret, size_t *len_ret)
{
	uint8_t *data = malloc(size + 1);
	size_t len = 0;

	while (data && len <= size) {
		ssize_t n = read(fd, data + len, size + 1 - len);

		if (n > 0) {
			len += n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		*data_ret = data;
		*len_ret = len;
		return true;
	}
	if (data && len > size)
		errno = EFBIG;
	free(data);
	return false;
}

static void close_quietly(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

/* A regular file, or -1. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st)) {
		if (S_ISREG(st.st_mode))
			return fd;
		errno = EINVAL;
	}
	close_quietly(fd);
	return -1;
}

bool seal_file_read(const char *path, size_t max, uint8_t **data_ret,
		    size_t *len_ret)
{
	int fd = open_file(path);
	bool ok;

	if (fd < 0)
		return false;
	ok = read_all(fd, max, data_ret, len_ret);
	close_quietly(fd);
	return ok;
}

/* @later: lists and keys are opened only */
struct load {
	const char *dir;
	struct seal_rules *rules;
	struct seal_policy_error *error;
	bool later;
};

__attribute__((format(printf, 3, 4)))
static bool fail(struct load *l, const char *file, const char *format, ...)
{
	va_list args;

	*l->error = (struct seal_policy_error){ 0 };
	snprintf(l->error->file, sizeof(l->error->file), "%s", file);
	va_start(args, format);
	vsnprintf(l->error->text, sizeof(l->error->text), format, args);
	va_end(args);
	return false;
}

/* @name beside the file @path. */
static void beside(char out[PATH_LEN], const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	int dir = slash && *name != '/' ? (int)(slash + 1 - path) : 0;

	snprintf(out, PATH_LEN, "%.*s%s", dir, path, name);
}

static bool read_list(struct load *l, int fd, const char *path, struct seal_policy_ima *ima,
		      bool keys)
{
	uint8_t *data;
	size_t len;
	bool ok;

	if (!read_all(fd, LIST_FILE_MAX, &data, &len))
		return fail(l, path, "%s", strerror(errno));
	if (keys)
		ok = seal_policy_keys(ima, (struct seal_bytes){ data, len }) ||
		     fail(l, path, "not 1 to %u public keys or certificates",
			  SEAL_POLICY_KEYS);
	else
		ok = seal_policy_digests(&ima->digests, path, (struct seal_bytes){ data, len },
					 l->error);
	free(data);
	return ok;
}

static bool leave_list(struct load *l, int fd, const char *path, size_t policy, bool keys)
{
	struct seal_rules *rules = l->rules;
	struct seal_rules_file *grown = realloc(rules->files,
						(rules->file_count + 1) * sizeof(*grown));
	char *name = strdup(path);

	if (grown)
		rules->files = grown;
	if (!grown || !name) {
		free(name);
		return fail(l, path, "out of memory");
	}
	rules->files[rules->file_count++] = (struct seal_rules_file){
		.policy = policy, .fd = fd, .keys = keys, .path = name,
	};
	return true;
}

static bool one_list(struct load *l, const char *path, struct seal_policy_set *set,
		     size_t policy, bool keys)
{
	int fd = open_file(path);
	bool ok;

	if (fd < 0)
		return fail(l, path, "%s", strerror(errno));
	if (l->later && leave_list(l, fd, path, policy, keys))
		return true;
	ok = !l->later && read_list(l, fd, path, &set->policy[policy].ima, keys);
	close(fd);
	return ok;
}

static bool lists_of(struct load *l, const char *path, struct seal_policy_set *set, size_t policy)
{
	struct seal_policy_ima *ima = &set->policy[policy].ima;
	char full[PATH_LEN];

	for (size_t i = 0; i < ima->list_count; i++) {
		beside(full, path, ima->lists[i].path);
		if (!one_list(l, full, set, policy, false))
			return false;
	}
	for (size_t i = 0; i < ima->key_file_count; i++) {
		beside(full, path, ima->key_files[i].path);
		if (!one_list(l, full, set, policy, true))
			return false;
	}
	ima->loaded = true;
	return true;
}

static bool all_lists(struct load *l, const char *path, struct seal_policy_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (!set->policy[i].ima.loaded && !lists_of(l, path, set, i))
			return false;
	return true;
}

bool seal_rules_load_lists(struct seal_policy_set *set, const char *path,
			   struct seal_policy_error *error)
{
	struct load l = { .error = error };

	return all_lists(&l, path, set);
}

bool seal_rules_lists(struct seal_rules *rules, const struct seal_policy *policy,
		      struct seal_policy_error *error)
{
	size_t number = (size_t)(policy - rules->policies.policy);
	struct load l = { .error = error };

	for (size_t i = 0; i < rules->file_count; i++) {
		struct seal_rules_file *f = &rules->files[i];

		if (f->policy != number || f->fd < 0)
			continue;
		/* Who asks again after a mistake does not go on behind it. */
		if (lseek(f->fd, 0, SEEK_SET) ||
		    !read_list(&l, f->fd, f->path, &rules->policies.policy[number].ima, f->keys))
			return false;
		close(f->fd);
		f->fd = -1;
	}
	return true;
}

static bool one_policy(struct load *l, const char *path)
{
	uint8_t *text;
	size_t len;
	bool ok;

	if (!seal_file_read(path, SEAL_POLICY_FILE_MAX, &text, &len))
		return fail(l, path, "%s", strerror(errno));
	ok = seal_policy_parse(&l->rules->policies, path,
			       (struct seal_bytes){ text, len }, l->error);
	free(text);
	return ok && all_lists(l, path, &l->rules->policies);
}

static bool one_admitted(struct load *l, const char *path)
{
	char why[128] = "";
	uint8_t *text;
	size_t len;
	bool ok;

	if (!seal_file_read(path, SEAL_ADMITTED_FILE_MAX, &text, &len))
		return fail(l, path, "%s", strerror(errno));
	ok = seal_admitted_parse(&l->rules->admitted,
				 (struct seal_bytes){ text, len }, why, sizeof(why));
	free(text);
	return ok || fail(l, path, "%s", why);
}

static int by_octets(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Does the visible name @name end in @suffix? */
static bool wanted(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);

	return name[0] != '.' && n > s && !strcmp(name + n - s, suffix);
}

/* @one for each file of @sub with that suffix, in the order of names. */
static bool each_file(struct load *l, const char *sub, const char *suffix,
		      bool (*one)(struct load *l, const char *path))
{
	struct dirent **entry;
	char path[PATH_LEN];
	bool ok = true;
	int count;

	snprintf(path, sizeof(path), "%s/%s", l->dir, sub);
	count = scandir(path, &entry, NULL, by_octets);
	if (count < 0)
		return errno == ENOENT || fail(l, path, "%s", strerror(errno));
	for (int i = 0; i < count; i++) {
		if (ok && wanted(entry[i]->d_name, suffix)) {
			snprintf(path, sizeof(path), "%s/%s/%s", l->dir, sub,
				 entry[i]->d_name);
			ok = one(l, path);
		}
		free(entry[i]);
	}
	free(entry);
	return ok;
}

/* CAs of one file into a new list; no file, no list. */
static bool trust_file(struct load *l, const char *name, struct seal_trust **ret)
{
	char path[PATH_LEN];
	uint8_t *pem;
	size_t len;
	int n;

	snprintf(path, sizeof(path), "%s/trust/%s", l->dir, name);
	if (!seal_file_read(path, TRUST_FILE_MAX, &pem, &len))
		return errno == ENOENT || fail(l, path, "%s", strerror(errno));
	*ret = seal_trust_new();
	n = *ret ? seal_trust_add_pem(*ret, (struct seal_bytes){ pem, len }) : -1;
	free(pem);
	return n > 0 || fail(l, path, "no certificates in it, or not PEM");
}

static int add_crl(struct seal_trust *trust, struct seal_bytes pem)
{
	return trust ? seal_trust_add_crl(trust, pem) : 0;
}

static bool one_crl(struct load *l, const char *path, struct seal_bytes pem, unsigned int n)
{
	int x509 = add_crl(l->rules->x509, pem), ak = add_crl(l->rules->ak, pem);
	char name[128];

	if (x509 < 0 || ak < 0)
		return fail(l, path, "list %u is not a revocation list in PEM", n);
	if (seal_trust_revokes_ca(l->rules->x509, name, sizeof(name)) ||
	    seal_trust_revokes_ca(l->rules->ak, name, sizeof(name)))
		return fail(l, path, "list %u revokes a CA that is in trust/: %s", n, name);
	return x509 + ak > 0 || fail(l, path, "list %u is not of a CA in trust/, where that of an "
				     "issuing CA must be, too", n);
}

/*
 * A list counts where its issuer is trusted, and each must count somewhere: of one
 * that does not, the revoked would be let in.
 */
static bool all_crls(struct load *l, const char *path, struct seal_bytes rest)
{
	static const char end[] = "-----END X509 CRL-----";
	const uint8_t *at;
	unsigned int n = 0;

	while ((at = seal_bytes_find(rest, end))) {
		size_t len = (size_t)(at - rest.data) + strlen(end);

		if (!one_crl(l, path, (struct seal_bytes){ rest.data, len }, ++n))
			return false;
		rest.data += len;
		rest.len -= len;
	}
	l->rules->crl_count = n;
	if (!n)
		return fail(l, path, "no revocation list in it");
	return !seal_bytes_find(rest, "-----BEGIN") ||
	       fail(l, path, "what begins after list %u is not one", n);
}

static bool crl_file(struct load *l)
{
	char path[PATH_LEN];
	uint8_t *pem;
	size_t len;
	bool ok;

	snprintf(path, sizeof(path), "%s/trust/crl.pem", l->dir);
	if (!seal_file_read(path, TRUST_FILE_MAX, &pem, &len))
		return errno == ENOENT || fail(l, path, "%s", strerror(errno));
	ok = all_crls(l, path, (struct seal_bytes){ pem, len });
	free(pem);
	return ok;
}

static bool one_verifier(struct load *l, const char *name)
{
	char path[PATH_LEN];
	uint8_t *pem;
	size_t len;
	bool ok;

	if (seal_verifiers_find(&l->rules->verifiers, name))
		return true;
	snprintf(path, sizeof(path), "%s/verifiers/%s.pem", l->dir, name);
	if (!seal_file_read(path, VERIFIER_FILE_MAX, &pem, &len))
		return fail(l, path, "%s", strerror(errno));
	ok = seal_verifiers_add(&l->rules->verifiers, name, (struct seal_bytes){ pem, len });
	free(pem);
	return ok || fail(l, path, "not a public key on P-256 or P-384 in PEM");
}

/* Whom a policy trusts must be there, or the policy is not what it seems. */
static bool verifier_files(struct load *l)
{
	const struct seal_policy_set *set = &l->rules->policies;

	for (size_t i = 0; i < set->count; i++)
		for (size_t k = 0; k < set->policy[i].verifier_count; k++)
			if (!one_verifier(l, set->policy[i].verifiers[k]))
				return false;
	return true;
}

static bool load_all(const char *dir, bool later, struct seal_rules *rules_ret,
		     struct seal_policy_error *error)
{
	struct seal_rules rules = { 0 };
	struct load l = { .dir = dir, .rules = &rules, .error = error, .later = later };
	bool ok;

	*error = (struct seal_policy_error){ 0 };
	*rules_ret = (struct seal_rules){ 0 };
	ok = each_file(&l, "policy.d", ".conf", one_policy) &&
	     trust_file(&l, "x509.pem", &rules.x509) &&
	     trust_file(&l, "ak.pem", &rules.ak) && crl_file(&l) &&
	     each_file(&l, "admitted", ".json", one_admitted) && verifier_files(&l);
	if (ok)
		*rules_ret = rules;
	else
		seal_rules_free(&rules);
	return ok;
}

bool seal_rules_load(const char *dir, struct seal_rules *rules_ret,
		     struct seal_policy_error *error)
{
	return load_all(dir, false, rules_ret, error);
}

bool seal_rules_open(const char *dir, struct seal_rules *rules_ret,
		     struct seal_policy_error *error)
{
	return load_all(dir, true, rules_ret, error);
}

bool seal_rules_load_admitted(const char *dir, struct seal_admitted *ret,
			      struct seal_policy_error *error)
{
	struct seal_rules rules = { 0 };
	struct load l = { .dir = dir, .rules = &rules, .error = error };

	*error = (struct seal_policy_error){ 0 };
	*ret = (struct seal_admitted){ 0 };
	if (!each_file(&l, "admitted", ".json", one_admitted)) {
		seal_rules_free(&rules);
		return false;
	}
	*ret = rules.admitted;
	return true;
}

void seal_rules_remember(struct seal_rules *rules, uint32_t paths)
{
	if (rules->x509)
		seal_trust_remember(rules->x509, paths);
	if (rules->ak)
		seal_trust_remember(rules->ak, paths);
	seal_seen_free(rules->signatures);
	rules->signatures = seal_seen_new(4 * paths);
}

void seal_rules_free(struct seal_rules *rules)
{
	for (size_t i = 0; i < rules->file_count; i++) {
		if (rules->files[i].fd >= 0)
			close(rules->files[i].fd);
		free(rules->files[i].path);
	}
	free(rules->files);
	seal_policy_set_free(&rules->policies);
	seal_admitted_free(&rules->admitted);
	seal_verifiers_free(&rules->verifiers);
	seal_trust_free(rules->x509);
	seal_trust_free(rules->ak);
	seal_seen_free(rules->signatures);
	*rules = (struct seal_rules){ 0 };
}
