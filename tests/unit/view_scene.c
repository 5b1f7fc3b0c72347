// SPDX-License-Identifier: GPL-2.0-only
#include "view_scene.h"

#include <locale.h>
#include <string.h>

struct scene scene;
struct view view;
struct view_page page;

void view_scene_begin(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	scene_begin(&scene);
	memset(&view, 0, sizeof(view));
	view_init(&view);
	view.bar = true;
}

void view_scene_end(void)
{
	scene_end(&scene);
	view_free(&view);
	view_page_free(&page);
	memset(&page, 0, sizeof(page));
}

void draw(int width, int height)
{
	assert_int_equal(view_refresh(&view, &scene.board, scene.now_ns), 0);
	view_draw(&view, &scene.board, width, height, scene.now_ns, 1795475645000000000ull, &page);
}
