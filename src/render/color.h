/* SPDX-License-Identifier: GPL-2.0-only */
/* Colours of a terminal (SGR, ECMA-48): those that can be read on dark and on light ground. */
#ifndef SOCKWATCH_RENDER_COLOR_H
#define SOCKWATCH_RENDER_COLOR_H

#include <stdint.h>

#define COLOR_END "\x1b[0m"
#define COLOR_HEAD "\x1b[1m"
#define COLOR_BAD "\x1b[31m"

struct sw_event;

/* What begins the colour of a TCP state; ends with COLOR_END. Static. */
const char *color_of_state(uint8_t state);

/* The same of what happened, where that is no change of a state: UDP has none to go by. */
const char *color_of_event(const struct sw_event *e);

#endif
