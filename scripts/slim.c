// SPDX-License-Identifier: GPL-2.0-only
/*
 *   slim IN OUT
 *
 * Copies a BPF object without what only serves its reading: the source lines of .BTF.ext, which
 * make up half of it and which the kernel would check, one by one, at each load; and the compiler's
 * labels of basic blocks, which are most of its symbols. What it leaves behind in the file "bpftool
 * gen object" does not take over. Runs on the machine that builds.
 */
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct object {
	const char *path;
	unsigned char *data;
	size_t size;
	Elf64_Shdr *sections;
	size_t n_sections;
	const char *names;
};

/* What .BTF.ext begins with (Documentation/bpf/btf.rst); offsets count from the header's end. */
struct ext_head {
	uint16_t magic;
	uint8_t version;
	uint8_t flags;
	uint32_t hdr_len;
	uint32_t func_info_off;
	uint32_t func_info_len;
	uint32_t line_info_off;
	uint32_t line_info_len;
	uint32_t core_relo_off;
	uint32_t core_relo_len;
};

static void fail(const struct object *o, const char *why)
{
	fprintf(stderr, "slim: %s: %s\n", o->path, why);
	exit(1);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void *part(const struct object *o, uint64_t offset, uint64_t size)
{
	if (offset > o->size || size > o->size - offset)
		fail(o, "is cut off");
	return o->data + offset;
}

static void object_read(struct object *o)
{
	FILE *f = fopen(o->path, "rb");
	const Elf64_Ehdr *head;

	if (!f || fseek(f, 0, SEEK_END))
		fail(o, "cannot be read");
	o->size = (size_t)ftell(f);
	o->data = malloc(o->size);
	rewind(f);
	if (!o->data || fread(o->data, 1, o->size, f) != o->size)
		fail(o, "cannot be read");
	fclose(f);
	head = part(o, 0, sizeof(*head));
	if (memcmp(head->e_ident, ELFMAG, SELFMAG) || head->e_ident[EI_CLASS] != ELFCLASS64 ||
	    head->e_machine != EM_BPF || head->e_shentsize != sizeof(Elf64_Shdr))
		fail(o, "is no BPF object");
	o->n_sections = head->e_shnum;
	o->sections = part(o, head->e_shoff, o->n_sections * sizeof(Elf64_Shdr));
	if (head->e_shstrndx >= o->n_sections)
		fail(o, "has no names of sections");
	o->names = part(o, o->sections[head->e_shstrndx].sh_offset,
			o->sections[head->e_shstrndx].sh_size);
}

static void *contents(const struct object *o, const Elf64_Shdr *s)
{
	return part(o, s->sh_offset, s->sh_size);
}

static Elf64_Shdr *section_of(const struct object *o, const char *name)
{
	for (size_t i = 0; i < o->n_sections; i++)
		if (!strcmp(o->names + o->sections[i].sh_name, name))
			return &o->sections[i];
	fail(o, name);
	return NULL;
}

/* --- source lines ----------------------------------------------------------------------------- */

/* Only where they lie between the others, as clang writes them: what follows moves up. */
static void drop_lines(const struct object *o)
{
	Elf64_Shdr *s = section_of(o, ".BTF.ext");
	unsigned char *data = contents(o, s);
	struct ext_head *h = (struct ext_head *)data;
	unsigned char *lines = data + h->hdr_len + h->line_info_off;

	if (s->sh_size < sizeof(*h) || h->hdr_len < sizeof(*h) ||
	    h->core_relo_off != h->line_info_off + h->line_info_len ||
	    (uint64_t)h->hdr_len + h->core_relo_off + h->core_relo_len != s->sh_size)
		fail(o, "has another .BTF.ext than clang makes");
	memmove(lines, lines + h->line_info_len, h->core_relo_len);
	s->sh_size -= h->line_info_len;
	h->core_relo_off = h->line_info_off;
	h->line_info_len = 0;
}

/* --- labels ----------------------------------------------------------------------------------- */

static bool is_relocation(const Elf64_Shdr *s)
{
	return s->sh_type == SHT_REL || s->sh_type == SHT_RELA;
}

/* What the relocations of a section name by its index (Elf64_Rela begins as Elf64_Rel does). */
static Elf64_Rel *relocation(const struct object *o, const Elf64_Shdr *s, size_t i)
{
	size_t size = s->sh_type == SHT_REL ? sizeof(Elf64_Rel) : sizeof(Elf64_Rela);

	return i < s->sh_size / size ? (Elf64_Rel *)((unsigned char *)contents(o, s) + i * size)
				     : NULL;
}

static void note_used(const struct object *o, bool *used, size_t n)
{
	Elf64_Rel *r;

	for (size_t s = 0; s < o->n_sections; s++) {
		if (!is_relocation(&o->sections[s]))
			continue;
		for (size_t i = 0; (r = relocation(o, &o->sections[s], i)); i++) {
			if (ELF64_R_SYM(r->r_info) >= n)
				fail(o, "relocates by a symbol that is not there");
			used[ELF64_R_SYM(r->r_info)] = true;
		}
	}
}

static void renumber(const struct object *o, const uint32_t *to)
{
	Elf64_Rel *r;

	for (size_t s = 0; s < o->n_sections; s++) {
		if (!is_relocation(&o->sections[s]))
			continue;
		for (size_t i = 0; (r = relocation(o, &o->sections[s], i)); i++)
			r->r_info = ELF64_R_INFO((uint64_t)to[ELF64_R_SYM(r->r_info)],
						 ELF64_R_TYPE(r->r_info));
	}
}

static bool is_label(const Elf64_Sym *s, const char *strings)
{
	return ELF64_ST_BIND(s->st_info) == STB_LOCAL && ELF64_ST_TYPE(s->st_info) == STT_NOTYPE &&
	       !strncmp(strings + s->st_name, "LBB", 3);
}

static void drop_labels(const struct object *o)
{
	Elf64_Shdr *s = section_of(o, ".symtab");
	const char *strings = contents(o, &o->sections[s->sh_link]);
	size_t n = s->sh_size / sizeof(Elf64_Sym), kept = 0, locals = 0;
	Elf64_Sym *symbols = contents(o, s);
	uint32_t *to = calloc(n + 1, sizeof(*to));
	bool *used = calloc(n + 1, sizeof(*used));

	if (!to || !used)
		fail(o, "no memory");
	note_used(o, used, n);
	for (size_t i = 0; i < n; i++) {
		if (is_label(&symbols[i], strings) && !used[i])
			continue;
		locals += ELF64_ST_BIND(symbols[i].st_info) == STB_LOCAL;
		to[i] = (uint32_t)kept;
		symbols[kept++] = symbols[i];
	}
	renumber(o, to);
	s->sh_size = kept * sizeof(Elf64_Sym);
	s->sh_info = (uint32_t)locals;
	free(to);
	free(used);
}

static void object_write(const struct object *o, const char *path)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(o->data, 1, o->size, f) != o->size || fclose(f)) {
		perror(path);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct object o = { .path = argc == 3 ? argv[1] : "slim" };

	if (argc != 3)
		fail(&o, "IN OUT are needed");
	object_read(&o);
	drop_lines(&o);
	drop_labels(&o);
	object_write(&o, argv[2]);
	return 0;
}
