// SPDX-License-Identifier: GPL-2.0-only
/* What engines call their containers, by files as they write them, in a directory of the test's. */
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names/container.h"
#include "names/engines.h"
#include "names/label.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct label_question question_of(const char *path)
{
	struct label_question q;
	struct container c;

	container_parse(path, &c);
	assert_true(label_question_make(&q, &c));
	return q;
}

static bool is_asked(const char *path)
{
	struct label_question q;
	struct container c;

	container_parse(path, &c);
	return label_question_make(&q, &c);
}

TEST(label_question__is_of_the_engine_that_the_path_proves)
{
	assert_int_equal(question_of("/docker/" ID).engine, LABEL_DOCKER);
	assert_int_equal(question_of("/machine.slice/libpod-" ID ".scope/container").engine,
			 LABEL_PODMAN);
	assert_int_equal(
		question_of("/kubepods/burstable/pod0123456a-1234-1234-1234-0123456789ab/crio-" ID)
			.engine,
		LABEL_CRIO);
	assert_int_equal(question_of("/default/" ID).engine, LABEL_ANY);
	assert_int_equal(question_of("/docker/" ID "/system.slice/a.service").of_user, 0);
}

TEST(label_question__in_a_users_manager_it_is_his)
{
	struct label_question q = question_of(
		"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		".scope/container");

	assert_int_equal(q.of_user, 1);
	assert_int_equal(q.uid, 1000);
	q = question_of("/user.slice/user-1000.slice/user@1000.service/app.slice/web.service/"
			"libpod-payload-" ID);
	assert_int_equal(q.of_user, 1);
	/* the unit of a system within a container is no user of ours */
	q = question_of("/docker/" ID "/user.slice/user-7.slice/user@7.service/app.slice");
	assert_int_equal(q.of_user, 0);
}

TEST(label_question__only_what_files_of_this_machine_know)
{
	assert_false(is_asked("/docker/" ID "/docker/" OTHER));		   /* an engine within */
	assert_false(is_asked("/lxc/web"));				   /* has its name */
	assert_false(is_asked("/system.slice/docker-0123456789ab.scope")); /* not whole */
	assert_false(is_asked("/system.slice/a.service/" ID));		   /* who knows of whom */
	assert_false(is_asked("/system.slice/a.service"));
	assert_true(is_asked("/system.slice/a.service/libpod-payload-" ID));
}

#ifdef HAVE_JANSSON

struct fixture {
	struct tree tree;
	struct engines *engines;
	struct label label;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (!f || tree_make(&f->tree))
		return -1;
	f->engines = engines_new(f->tree.fd);
	return f->engines ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	engines_free(f->engines);
	tree_remove(&f->tree);
	free(f);
	return 0;
}

static bool look(struct fixture *f, const char *path)
{
	struct label_question q = question_of(path);

	return engines_look(f->engines, &q, &f->label);
}

static void assert_label(const struct fixture *f, const char *name, const char *image,
			 const char *pod_name, const char *pod_namespace)
{
	assert_string_equal(f->label.name, name);
	assert_string_equal(f->label.image, image);
	assert_string_equal(f->label.pod_name, pod_name);
	assert_string_equal(f->label.pod_namespace, pod_namespace);
}

#define DOCKER "var/lib/docker/containers/" ID "/config.v2.json"
#define DOCKER_TEXT(name)                                                                     \
	"{\"ID\":\"" ID "\",\"Created\":\"2026-11-26T10:00:00Z\",\"Name\":\"/" name           \
	"\",\"Config\":{\"Image\":\"nginx:1.27\",\"Labels\":{\"maintainer\":\"x\"},\"Env\":[" \
	"\"A=b\"]},\"State\":{\"Running\":true}}"

TEST_SETUP(engines__docker_has_a_file_for_each)
{
	struct fixture *f = *state;

	tree_put_text(&f->tree, DOCKER, DOCKER_TEXT("web"));
	assert_true(look(f, "/system.slice/docker-" ID ".scope"));
	assert_label(f, "web", "nginx:1.27", "", "");
	assert_string_equal(f->label.labels, "{\"maintainer\":\"x\"}");
	assert_false(look(f, "/docker/" OTHER));
	assert_string_equal(f->label.labels, "");
	assert_label(f, "", "", "", "");
	assert_true(look(f, "/default/" ID)); /* whose engine the path does not prove */
	assert_label(f, "web", "nginx:1.27", "", "");
}

/* What is in them is no text of the output, whoever wrote it. */
TEST_SETUP(engines__dockers_labels_are_ascii_in_one_line)
{
	static const char begin[] = "{\"ID\":\"" ID "\",\"Name\":\"/web\",\"Config\":{\"Labels\":"
				    "{\"b\":\"\\u001b[31m\\n\\\"\xc3\xa9\",\"a\":\"";
	char text[sizeof(begin) + LABEL_LABELS_MAX + 8];
	struct fixture *f = *state;

	snprintf(text, sizeof(text), "%s1\"}}}", begin);
	tree_put_text(&f->tree, DOCKER, text);
	assert_true(look(f, "/docker/" ID));
	assert_string_equal(f->label.labels, "{\"a\":\"1\",\"b\":\"\\u001B[31m\\n\\\"\\u00E9\"}");
	snprintf(text, sizeof(text), "%s%0*d\"}}}", begin, LABEL_LABELS_MAX, 7);
	tree_put_text(&f->tree, DOCKER, text);
	assert_true(look(f, "/docker/" ID)); /* too long: none, and not a part of them */
	assert_label(f, "web", "", "", "");
	assert_string_equal(f->label.labels, "");
}

TEST_SETUP(engines__docker_where_its_configuration_says)
{
	struct fixture *f = *state;

	tree_put_text(&f->tree, "etc/docker/daemon.json", "{\"data-root\":\"/data/docker\"}");
	tree_put_text(&f->tree, "data/docker/containers/" ID "/config.v2.json", DOCKER_TEXT("db"));
	assert_true(look(f, "/docker/" ID));
	assert_label(f, "db", "nginx:1.27", "", "");
}

#define STORAGE "var/lib/containers/storage/overlay-containers/containers.json"
#define STORED(id, name)                                                                     \
	"{\"id\":\"" id "\",\"names\":[\"" name "\"],\"image\":\"75d7\",\"layer\":\"fc0c\"," \
	"\"metadata\":\"{\\\"image-name\\\":\\\"localhost/web:1\\\",\\\"name\\\":\\\"" name  \
	"\\\"}\",\"created\":\"2026-11-26T23:28:04Z\",\"flags\":{\"MountLabel\":\"\"}}"

TEST_SETUP(engines__podman_has_one_file_for_all)
{
	struct fixture *f = *state;

	tree_put_text(&f->tree, STORAGE, "[" STORED(OTHER, "db") "," STORED(ID, "web") "]");
	assert_true(look(f, "/libpod_parent/libpod-" ID));
	assert_label(f, "web", "localhost/web:1", "", "");
	assert_true(look(f, "/libpod_parent/libpod-" OTHER));
	assert_label(f, "db", "localhost/web:1", "", "");
	/* renamed: the file is another */
	tree_put_text(&f->tree, STORAGE, "[" STORED(OTHER, "db2") "]");
	assert_true(look(f, "/libpod_parent/libpod-" OTHER));
	assert_label(f, "db2", "localhost/web:1", "", "");
	assert_false(look(f, "/libpod_parent/libpod-" ID));
}

#define BUNDLE "io.containerd.runtime.v2.task/k8s.io/" ID "/config.json"
#define ANNOTATED                                                                            \
	"{\"ociVersion\":\"1.1.0\",\"annotations\":{"                                        \
	"\"io.kubernetes.cri.container-name\":\"app\",\"io.kubernetes.cri.container-type\":" \
	"\"container\",\"io.kubernetes.cri.image-name\":\"registry.k8s.io/app:v3\","         \
	"\"io.kubernetes.cri.sandbox-name\":\"app-7d9c\","                                   \
	"\"io.kubernetes.cri.sandbox-namespace\":\"prod\"},\"linux\":{}}"

TEST_SETUP(engines__containerd_has_what_kubernetes_calls_it)
{
	struct fixture *f = *state;

	tree_put_text(&f->tree, "run/containerd/" BUNDLE, ANNOTATED);
	assert_true(look(f, "/kubepods.slice/kubepods-pod0.slice/cri-containerd-" ID ".scope"));
	assert_label(f, "app", "registry.k8s.io/app:v3", "app-7d9c", "prod");
	tree_drop(&f->tree, "run/containerd");
	assert_false(look(f, "/k8s.io/" ID));
	tree_put_text(&f->tree, "run/k3s/containerd/" BUNDLE, ANNOTATED);
	assert_true(look(f, "/k8s.io/" ID));
	assert_label(f, "app", "registry.k8s.io/app:v3", "app-7d9c", "prod");
}

TEST_SETUP(engines__cri_o_has_a_bundle_and_the_storage)
{
	struct fixture *f = *state;
	const char *path = "/kubepods.slice/kubepods-pod0.slice/crio-" ID ".scope";

	tree_put_text(&f->tree, STORAGE, "[" STORED(ID, "k8s_app_app-0_prod") "]");
	assert_true(look(f, path));
	assert_label(f, "k8s_app_app-0_prod", "localhost/web:1", "", "");
	tree_put_text(&f->tree,
		      "run/containers/storage/overlay-containers/" ID "/userdata/config.json",
		      "{\"annotations\":{\"io.kubernetes.container.name\":\"app\","
		      "\"io.kubernetes.pod.name\":\"app-0\",\"io.kubernetes.pod.namespace\":"
		      "\"prod\"}}");
	assert_true(look(f, path));
	assert_label(f, "app", "localhost/web:1", "app-0", "prod");
}

TEST_SETUP(engines__what_is_not_as_it_should_be_says_nothing)
{
	static const char *const texts[] = {
		"",
		"[",
		"{}",
		"[[],{},1]",
		"null",
		"{\"ID\":7,\"Name\":[]}",
		"{\"ID\":\"" OTHER "\",\"Name\":\"/web\"}",
		"{\"ID\":\"" ID "\",\"Name\":{}}",
		"[{\"id\":\"" ID "\",\"names\":7,\"metadata\":\"[\"}]",
		"\xff\xfe",
	};
	struct fixture *f = *state;
	char *name = calloc(1, 4096);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		tree_put_text(&f->tree, DOCKER, texts[i]);
		tree_put_text(&f->tree, STORAGE, texts[i]);
		look(f, "/default/" ID);
		assert_label(f, "", "", "", "");
	}
	snprintf(name, 4096, "[{\"id\":\"" ID "\",\"names\":[\"%01000d\"]}]", 1);
	tree_put_text(&f->tree, STORAGE, name);
	assert_true(look(f, "/libpod_parent/libpod-" ID));
	assert_label(f, "", "", "", ""); /* too long to be one */
	free(name);
}

/* A directory in the file's place, a FIFO that nobody writes to, a file of more than a megabyte. */
TEST_SETUP(engines__what_is_no_small_file_is_not_read)
{
	struct fixture *f = *state;
	char path[256];
	int len = 2 << 20;
	char *large = malloc((size_t)len);

	tree_put_dir(&f->tree, DOCKER);
	assert_false(look(f, "/docker/" ID));
	tree_drop(&f->tree, DOCKER);
	snprintf(path, sizeof(path), "%s/%s", f->tree.path, DOCKER);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(look(f, "/docker/" ID));
	unlink(path);
	memset(large, ' ', (size_t)len);
	memcpy(large, DOCKER_TEXT("web"), strlen(DOCKER_TEXT("web")));
	tree_put_bytes(&f->tree, DOCKER, large, (size_t)len);
	assert_false(look(f, "/docker/" ID));
	free(large);
}

#define USER_STORAGE "home/u/.local/share/containers/storage/overlay-containers/containers.json"

static const char *user_path(void)
{
	static char path[256];

	snprintf(path, sizeof(path),
		 "/user.slice/user-%u.slice/user@%u.service/user.slice/libpod-" ID ".scope",
		 geteuid(), geteuid());
	return path;
}

static void put_user(struct fixture *f, unsigned int uid)
{
	char text[128];

	snprintf(text, sizeof(text), "x:x:9999999:1::/home/x:/bin/sh\nu:x:%u:1::/home/u:/bin/sh\n",
		 uid);
	tree_put_text(&f->tree, "etc/passwd", text);
}

TEST_SETUP(engines__a_users_files_are_in_his_home)
{
	struct fixture *f = *state;

	put_user(f, geteuid());
	tree_put_text(&f->tree, STORAGE, "[" STORED(ID, "of-the-system") "]");
	assert_false(look(f, user_path()));
	tree_put_text(&f->tree, USER_STORAGE, "[" STORED(ID, "mine") "]");
	assert_true(look(f, user_path()));
	assert_label(f, "mine", "localhost/web:1", "", "");
	tree_put_text(&f->tree, "etc/passwd", "x:x:9999999:1::/home/x:/bin/sh\n");
	assert_false(look(f, user_path()));
}

/* With the rights of root he could show what is others'. */
TEST_SETUP(engines__a_users_links_are_not_followed)
{
	struct fixture *f = *state;

	put_user(f, geteuid());
	tree_put_text(&f->tree, "root/secret", "[" STORED(ID, "secret") "]");
	tree_put_dir(&f->tree, "home/u/.local/share/containers/storage/overlay-containers");
	tree_put_link(&f->tree, USER_STORAGE, "../../../../../../../root/secret");
	assert_false(look(f, user_path()));
	tree_drop(&f->tree, "home/u/.local");
	tree_put_text(&f->tree, "root/share/containers/storage/overlay-containers/containers.json",
		      "[" STORED(ID, "secret") "]");
	tree_put_link(&f->tree, "home/u/.local", "../../root");
	assert_false(look(f, user_path()));
}

TEST_SETUP(engines__a_file_of_another_user_is_not_his)
{
	struct fixture *f = *state;
	char path[256];

	if (geteuid())
		skip();
	put_user(f, geteuid());
	tree_put_text(&f->tree, USER_STORAGE, "[" STORED(ID, "mine") "]");
	snprintf(path, sizeof(path), "%s/%s", f->tree.path, USER_STORAGE);
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_false(look(f, user_path()));
}

#endif
