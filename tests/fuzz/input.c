// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz.h"

#include <ctype.h>
#include <netdb.h>
#include <string.h>

char *input_line(struct input *in, size_t *ret_len)
{
	size_t left = (size_t)(in->end - in->at), len;
	const char *newline;
	char *line;

	if (!left)
		return NULL;
	newline = memchr(in->at, '\n', left);
	len = newline ? (size_t)(newline - in->at) : left;
	line = malloc(len + 1);
	FUZZ_CHECK(line);
	memcpy(line, in->at, len);
	line[len] = '\0';
	in->at += newline ? len + 1 : len;
	*ret_len = len;
	return line;
}

char *input_word(char **line)
{
	char *word = *line, *blank = strchr(word, ' ');

	*line = blank ? blank + 1 : word + strlen(word);
	if (blank)
		*blank = '\0';
	return word;
}

static unsigned int nibble(char c)
{
	return isdigit((unsigned char)c) ? (unsigned int)(c - '0')
					 : (unsigned int)(tolower((unsigned char)c) - 'a' + 10);
}

size_t input_unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		if (at[0] != '\\') {
			*to++ = *at;
		} else if (at[1] == 'x' && isxdigit((unsigned char)at[2]) &&
			   isxdigit((unsigned char)at[3])) {
			*to++ = (char)(nibble(at[2]) << 4 | nibble(at[3]));
			at += 3;
		} else if (at[1]) {
			*to++ = at[1] == 'n' ? '\n' : at[1];
			at++;
		}
	}
	*to = '\0';
	return (size_t)(to - text);
}

/* In place of libc's: no name that a fuzzer makes up is looked up. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **ret)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)ret;
	return EAI_NONAME;
}
