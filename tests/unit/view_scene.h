/* SPDX-License-Identifier: GPL-2.0-only */
/* The live table over a board_scene.h, drawn. */
#ifndef SOCKWATCH_TESTS_VIEW_SCENE_H
#define SOCKWATCH_TESTS_VIEW_SCENE_H

#include "board_scene.h"

#include "top/view.h"

extern struct scene scene;
extern struct view view;
extern struct view_page page;

void view_scene_begin(void);
void view_scene_end(void);

/* The page as the screen has it now. */
void draw(int width, int height);

#endif
