/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cases of one scene each: the reason it must have, its claim, and the body of
 * a function that tells one lie. Which piece it is told about is in the macro's
 * name. run_lies() runs all that the program has.
 */
#ifndef SEAL_UNIT_LIES_H
#define SEAL_UNIT_LIES_H

#include "scene.h"

void add_lie(enum seal_reason reason, const char *claim, void (*setup)(struct scene *));
void run_lies(void);
/*
 * All of them once more, with the same reasons, under rules that remember what is
 * honest about each lie: a verdict does not rest on what was seen before.
 */
void run_lies_again(void);

#define LIE_ADD(reason, id, claim, setup)				\
	__attribute__((constructor)) static void add_##id(void)		\
	{								\
		add_lie(SEAL_REASON_##reason, claim, setup);		\
	}

#define LIE_ON(hook, reason, id, claim, ...)				\
	static void id(__VA_ARGS__);					\
	static void setup_##id(struct scene *s) { s->hook = id; }	\
	LIE_ADD(reason, id, claim, setup_##id)				\
	static void id(__VA_ARGS__)

#define SCENE(reason, id, claim)					\
	static void id(struct scene *s);				\
	LIE_ADD(reason, id, claim, id)					\
	static void id(struct scene *s)

#define AK(reason, id, claim)	LIE_ON(edit_ak, reason, id, claim, TPMT_PUBLIC *a)
#define TIK(reason, id, claim)	LIE_ON(edit_tik, reason, id, claim, TPMT_PUBLIC *a)
#define QUOTE(reason, id, claim) LIE_ON(edit_quote, reason, id, claim, TPMS_ATTEST *a)
#define CERTIFY(reason, id, claim) LIE_ON(edit_certify, reason, id, claim, TPMS_ATTEST *a)
#define BIND(reason, id, claim)	LIE_ON(edit_bind, reason, id, claim, struct seal_bind *b)
#define CLAIMS(reason, id, claim) LIE_ON(edit_claims, reason, id, claim, struct blob *c)
#define CMW(reason, id, claim)	LIE_ON(edit_cmw, reason, id, claim, struct seal_cmw *c)
#define HELLO(reason, id, claim) LIE_ON(edit_hello, reason, id, claim, struct scene *s)
#define ASK(reason, id, claim)	LIE_ON(edit_ask, reason, id, claim, struct scene *s)
#define AUTH(reason, id, claim)	LIE_ON(edit_auth, reason, id, claim, struct scene *s)
#define EVIDENCE(reason, id, claim)					\
	LIE_ON(edit_evidence, reason, id, claim, struct scene *s,	\
	       struct seal_tpm_evidence *e)
#define INPUT(reason, id, claim)					\
	LIE_ON(edit_in, reason, id, claim, struct scene *s,		\
	       struct seal_verify_in *in)

#endif /* SEAL_UNIT_LIES_H */
