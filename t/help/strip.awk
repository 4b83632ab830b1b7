# SPDX-License-Identifier: MIT
# C sources with comments and the insides of strings blanked, one line each
# as file:line:text, for rules that look for words.
FNR == 1 { comment = 0 }
{
	out = ""
	n = length($0)
	str = ""
	for (i = 1; i <= n; i++) {
		c = substr($0, i, 1)
		d = substr($0, i, 2)
		if (comment) {
			if (d == "*/") {
				comment = 0
				i++
			}
		} else if (str != "") {
			if (c == "\\")
				i++
			else if (c == str)
				str = ""
			if (str == "")
				out = out c
		} else if (d == "/*") {
			comment = 1
			i++
		} else if (d == "//") {
			break
		} else {
			if (c == "\"" || c == "'")
				str = c
			out = out c
		}
	}
	print FILENAME ":" FNR ":" out
}
