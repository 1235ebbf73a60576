# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154	# the files of lib/ share variables
#
# One line a step, with its time and outcome, and a verdict at the end.
#
#	try NAME COMMAND...	run COMMAND under `set -e`; its output goes to a
#				log, what it passes to `say` to the line
#	must NAME COMMAND...	the same, and without it nothing else makes sense
#	skip NAME WHY		a step that cannot run here
#	verdict			the last line, and the exit status
#
# report=demo prints for people, report=tap (the default) for the runner. Steps
# run in a subshell: what must outlive one is kept in files under $state.

: "${report:=tap}"
passed=0
failed=0
skipped=0
steps=0

say() {
	echo "$*" >&3
}

# die TEXT: the exact reason why a step fails
die() {
	echo "error: $*" >&2
	exit 1
}

line() {
	local ok=$1 name=$2 seconds=$3 text=$4

	if [ "$report" = tap ]; then
		local word=ok
		[ "$ok" = ok ] || word="not ok"
		printf '%s %d - %s (%s s)%s\n' "$word" "$steps" "$name" \
			"$seconds" "${text:+: $text}"
	else
		printf '%-4s %6s s  %s%s\n' "$ok" "$seconds" "$name" "${text:+: $text}"
	fi
}

try() {
	local name=$1 begin=${EPOCHREALTIME/[^0-9]/} status log text seconds
	shift
	steps=$((steps + 1))
	log=$logs/step-$(printf %02d "$steps").log

	set +e
	(
		set -e
		PS4='+ $EPOCHREALTIME '
		[ -z "${SEAL_TRACE-}" ] || set -x
		"$@"
	) 3>"$log.say" >"$log" 2>&1 </dev/null
	status=$?
	set -e

	text=$(<"$log.say")
	text=${text//$'\n'/ }
	rm -f "$log.say"
	seconds=$(((${EPOCHREALTIME/[^0-9]/} - begin) / 10000))
	printf -v seconds %d.%02d $((seconds / 100)) $((seconds % 100))
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
		line ok "$name" "$seconds" "$text"
	else
		failed=$((failed + 1))
		line FAIL "$name" "$seconds" "${text:-exit status $status}"
		tail -n 20 "$log" | sed 's/^/#   /'
	fi
	return 0
}

# must: like try, for a step that all others stand on
must() {
	local before=$failed

	try "$@"
	[ "$failed" = "$before" ] || { verdict; exit 1; }
}

skip() {
	steps=$((steps + 1))
	skipped=$((skipped + 1))
	if [ "$report" = tap ]; then
		echo "ok $steps - $1 # SKIP $2"
	else
		printf 'skip           %s: %s\n' "$1" "$2"
	fi
}

heading() {
	if [ "$report" = tap ]; then
		echo "# $*"
	else
		printf '\n%s\n' "$*"
	fi
}

verdict() {
	if [ "$report" = tap ]; then
		echo "1..$steps"
	else
		printf '\ndemo: %d passed, %d failed\n' "$passed" "$failed"
	fi
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# pause SECONDS: without a program, whose start takes an emulated machine longer
exec {silence}<> <(:)
pause() {
	read -rt "$1" -u "$silence" || true
}

# soon SECONDS COMMAND...: try until it succeeds or the time is over
soon() {
	local end=$((SECONDS + $1 + 1))
	shift

	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		pause 0.05
	done
}
