// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases of one scene each. */
#include "lies.h"

static struct lie {
	enum seal_reason reason;
	const char *claim;
	void (*setup)(struct scene *s);
} lies[256];

static size_t count;

void add_lie(enum seal_reason reason, const char *claim, void (*setup)(struct scene *))
{
	must(count < sizeof(lies) / sizeof(lies[0]), "room for a lie");
	lies[count++] = (struct lie){ reason, claim, setup };
}

/* The honest peer's octets, judged under the liar's rules. */
static void see_honest(const struct scene *liar)
{
	static struct scene honest;
	struct seal_rules own;

	scene_init(&honest);
	honest.role = liar->role;
	scene_speak(&honest);
	own = honest.rules;
	honest.rules = liar->rules;
	scene_judge(&honest);
	honest.rules = own;
	scene_end(&honest);
}

void run_lies_again(void)
{
	static struct scene scene;
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		scene_init(&scene);
		lies[i].setup(&scene);
		scene_speak(&scene);
		seal_rules_remember(&scene.rules, 1);
		see_honest(&scene);
		if (scene_judge(&scene) != lies[i].reason && !wrong++)
			note("%s: it was %s", lies[i].claim,
			     seal_reason_name(scene.verdict.reason));
		scene_end(&scene);
	}
	ok(!wrong, "%zu lies again, after what is honest about them was seen", count);
}

void run_lies(void)
{
	static struct scene scene;

	for (size_t i = 0; i < count; i++) {
		enum seal_reason got;

		scene_init(&scene);
		lies[i].setup(&scene);
		got = scene_run(&scene);
		if (got != lies[i].reason)
			note("it was %s (%s)", seal_reason_name(got), scene.verdict.detail);
		ok(got == lies[i].reason, "%s: %s", seal_reason_name(lies[i].reason),
		   lies[i].claim);
	}
}
