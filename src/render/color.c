// SPDX-License-Identifier: GPL-2.0-only
#include "render/color.h"

#include "event.h"

#define GREEN "\x1b[32m"
#define YELLOW "\x1b[33m"
#define MAGENTA "\x1b[35m"
#define CYAN "\x1b[36m"
#define DIM "\x1b[2m"

/* As a connection lives: it waits, it begins, it is there, it ends, it is over. */
const char *color_of_state(uint8_t state)
{
	switch (state) {
	case SW_TCP_LISTEN:
		return CYAN;
	case SW_TCP_SYN_SENT:
	case SW_TCP_SYN_RECV:
	case SW_TCP_NEW_SYN_RECV:
		return YELLOW;
	case SW_TCP_ESTABLISHED:
		return GREEN;
	case SW_TCP_TIME_WAIT:
	case SW_TCP_CLOSE:
		return DIM;
	default:
		return MAGENTA;
	}
}

const char *color_of_event(const struct sw_event *e)
{
	switch (e->kind) {
	case SW_EV_BIND:
		return e->reason ? COLOR_BAD : CYAN;
	case SW_EV_CONNECT:
		return e->reason ? COLOR_BAD : GREEN;
	case SW_EV_OPEN:
		return GREEN;
	case SW_EV_CLOSE:
		return DIM;
	case SW_EV_RETRANSMIT:
		return YELLOW;
	default:
		return color_of_state(e->sock.state);
	}
}
