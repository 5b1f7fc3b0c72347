// SPDX-License-Identifier: GPL-2.0-only
#include "flow/room.h"

#include "base/log.h"
#include "live/reader.h"

void room_note(struct room *r, const struct reader *reader)
{
	if (!r->told_sockets && reader_no_room(reader)) {
		r->told_sockets = true;
		log_note("more sockets than there is room to remember: the others are told without "
			 "their past (owner, age); --max-sockets makes room");
	}
	if (!r->told_peers && reader_no_peer(reader)) {
		r->told_peers = true;
		log_note("UDP sockets have more peers than there is room to remember: the others "
			 "are lost, and counted; --max-sockets makes room, a shorter --idle needs "
			 "less");
	}
}
