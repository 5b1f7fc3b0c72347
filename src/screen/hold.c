// SPDX-License-Identifier: GPL-2.0-only
/* What happens while the screen is paused. */
#include <errno.h>

#include "core/record.h"
#include "core/wire.h"
#include "screen/ui.h"

#define HELD_MAX ((size_t)16 << 20) /* bytes; what is more is counted as lost */

int ui_hold(struct screen_ui *s, const struct record *rec)
{
	int err;

	if (rec->row)
		return 0;
	if (rec->ev->kind == SW_EV_CONN || rec->ev->kind == SW_EV_CONNECT)
		s->n_held++;
	s->dirty = true;
	if (s->held.len > HELD_MAX) {
		s->now.lost++;
		return 0;
	}
	err = wire_pack(&s->held, WIRE_RECORD, rec);
	return err == -ENOMEM ? err : 0;
}

void ui_release(struct screen_ui *s)
{
	struct wire_frame f;
	size_t at = 0;
	ssize_t n;

	while ((n = wire_unpack(s->held.data + at, s->held.len - at, &f)) > 0) {
		board_take(&s->now, &f.rec);
		at += (size_t)n;
	}
	buf_free(&s->held);
	s->n_held = 0;
}

void ui_pause(struct screen_ui *s, bool paused)
{
	if (s->view.paused == paused)
		return;
	s->view.paused = paused;
	s->now.in_page = false; /* a page that is not whole says of nobody that he is gone */
	if (!paused)
		ui_release(s);
}
