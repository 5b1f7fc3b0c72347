/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A growing array: a pointer, how many elements it has and how many it has room for. Its owner
 * keeps the three, all 0 at first, and frees the pointer.
 */
#ifndef SOCKWATCH_BASE_ARRAY_H
#define SOCKWATCH_BASE_ARRAY_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* Doubles the room. Returns the array, which may have moved; or NULL, with all as it was. */
void *array_doubled(void *array, size_t *cap, size_t size);

/*
 * Makes room for one more element behind the first n. 0, or -ENOMEM with all as it was. array and
 * cap (a size_t) are changed; each may be evaluated more than once.
 */
#define ARRAY_RESERVE(array, n, cap)                                              \
	({                                                                        \
		void *grown_ = (array);                                           \
                                                                                  \
		if ((n) >= (cap))                                                 \
			grown_ = array_doubled(grown_, &(cap), sizeof(*(array))); \
		if (grown_)                                                       \
			(array) = grown_;                                         \
		grown_ ? 0 : -ENOMEM;                                             \
	})

/*
 * Appends a copy of *element, which is not in the array. 0, or -ENOMEM with all as it was. Its
 * bytes are copied, not its members: what is between them counts where two are compared as bytes.
 */
#define ARRAY_ADD(array, n, cap, element)                                     \
	({                                                                    \
		const __typeof__(*(array)) *element_ = (element);             \
		int err_ = ARRAY_RESERVE(array, n, cap);                      \
                                                                              \
		if (!err_)                                                    \
			memcpy(&(array)[(n)++], element_, sizeof(*element_)); \
		err_;                                                         \
	})

#endif
