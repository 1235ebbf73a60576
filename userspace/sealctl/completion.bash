# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion of sealctl for bash. It asks the program what there is, so nothing
# here has to follow it.

_sealctl() {
	local program=$1 current=$2 command=${COMP_WORDS[1]} part=() words

	[[ ${COMP_WORDS[2]-} != [a-z]* ]] || part=("${COMP_WORDS[2]}")
	if [ "$COMP_CWORD" = 1 ] || [ "$COMP_CWORD $command" = "2 help" ]; then
		words=$("$program" help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p')
	elif [[ $current = -* ]]; then
		words=$("$program" "$command" "${part[@]}" --help | grep -oE -- '--[a-z-]+')
	elif [ "$COMP_CWORD $command" = "2 explain" ]; then
		words=$("$program" explain --list | cut -d' ' -f1)
	elif [ "$COMP_CWORD" = 2 ]; then
		words=$("$program" "$command" --help | grep -oE "(sealctl $command|\|) \[?[a-z]+" |
			sed 's/.*[^a-z]//')
	fi 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current" | sort -u)
}
complete -o default -F _sealctl sealctl
