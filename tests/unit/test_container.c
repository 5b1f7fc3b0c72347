// SPDX-License-Identifier: GPL-2.0-only
/* Paths of cgroups as container runtimes and systemd make them. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "names/container.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "fedcba98765432100123456789abcdef0123456789abcdef0123456789abcdef"
#define UID_ "1f2e3d4c_5b6a_7980_91a2_b3c4d5e6f708"
#define UID "1f2e3d4c-5b6a-7980-91a2-b3c4d5e6f708"
#define STATIC_UID "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
#define BUILD "y0dlpunvmqtvcs5mqvvrxx3mi"
#define USER "/user.slice/user-1000.slice/user@1000.service"
#define POD_SLICE "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice"

static const struct {
	const char *path;
	const char *runtime; /* NULL: no container */
	const char *id;
	const char *pod;
	const char *unit;
} cases[] = {
	/* docker */
	{ "/docker/" ID, "docker", ID, "", "" },
	{ "/system.slice/docker-" ID ".scope", "docker", ID, "", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope", "docker",
	  ID, "", "user@1000.service" },
	{ "/system.slice/docker-" ID ".scope/init.scope", "docker", ID, "", "init.scope" },
	{ "/system.slice/docker.service", NULL, "", "", "docker.service" },
	{ "/docker", NULL, "", "", "" },
	{ "/docker/buildx", NULL, "", "", "" },
	/* containerd */
	{ "/system.slice/nerdctl-" ID ".scope", "containerd", ID, "", "" },
	{ "/default/" ID, NULL, ID, "", "" },
	{ "/k8s.io/" ID, NULL, ID, "", "" },
	{ "/system.slice/containerd.service", NULL, "", "", "containerd.service" },
	/* podman */
	{ "/machine.slice/libpod-" ID ".scope", "podman", ID, "", "" },
	{ "/machine.slice/libpod-" ID ".scope/container", "podman", ID, "", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container",
	  "podman", ID, "", "user@1000.service" },
	{ "/machine.slice/machine-libpod_pod_" ID2 ".slice/libpod-" ID ".scope", "podman", ID, ID2,
	  "" },
	{ USER "/user.slice/user-libpod_pod_" ID2 ".slice/libpod-" ID ".scope/container", "podman",
	  ID, ID2, "user@1000.service" },
	{ "/libpod_parent/" ID2 "/libpod-" ID, "podman", ID, ID2, "" },
	{ "/libpod_parent/" ID2, NULL, "", ID2, "" },
	{ USER "/app.slice/web.service/libpod-payload-" ID, "podman", ID, "", "user@1000.service" },
	{ USER "/app.slice/app-web.slice/web.service/runtime", NULL, "", "", "user@1000.service" },
	{ USER "/app.slice/web.service/docker-" ID ".scope", NULL, "", "", "user@1000.service" },
	{ USER "/app.slice/app-libpod_pod_" ID2 ".slice", NULL, "", "", "user@1000.service" },
	{ "/libpod_parent/libpod-" ID, "podman", ID, "", "" },
	{ "/system.slice/web.service/libpod-payload-" ID, "podman", ID, "", "web.service" },
	{ "/machine.slice/libpod-conmon-" ID ".scope", NULL, "", "", "libpod-conmon-" ID ".scope" },
	{ "/libpod_parent/libpod-conmon-" ID, NULL, "", "", "" },
	/* Kubernetes */
	{ POD_SLICE "/cri-containerd-" ID ".scope", "containerd", ID, UID, "" },
	{ POD_SLICE "/crio-" ID ".scope", "cri-o", ID, UID, "" },
	{ POD_SLICE "/crio-" ID ".scope/container", "cri-o", ID, UID, "" },
	{ POD_SLICE "/crio-conmon-" ID ".scope", NULL, "", UID, "crio-conmon-" ID ".scope" },
	{ POD_SLICE "/docker-" ID ".scope", "docker", ID, UID, "" },
	{ POD_SLICE, NULL, "", UID, "" },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope", "containerd",
	  ID, UID, "" },
	{ "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" STATIC_UID
	  ".slice/cri-containerd-" ID ".scope",
	  "containerd", ID, STATIC_UID, "" },
	{ "/kubepods/burstable/pod" UID "/" ID, NULL, ID, UID, "" },
	{ "/kubepods/besteffort/pod" UID "/" ID, NULL, ID, UID, "" },
	{ "/kubepods/pod" UID "/" ID, NULL, ID, UID, "" },
	{ "/kubepods/pod" STATIC_UID "/" ID, NULL, ID, STATIC_UID, "" },
	{ "/kubepods/burstable/pod" UID "/crio-" ID, "cri-o", ID, UID, "" },
	{ "/system.slice/containerd.service/kubepods-burstable-pod" UID_
	  ".slice:cri-containerd:" ID,
	  "containerd", ID, UID, "" },
	{ "/kubepods.slice/kubepods-burstable.slice", NULL, "", "", "" },
	{ "/kubepods/pod-of-mine", NULL, "", "", "" },
	{ "/kubepods/pod1f2e3d4c-5b6a-7980-91a2-b3c4d5e6f7zz", NULL, "", "", "" },
	{ "/kubepods/podaaaa1f2e3d4c_5b6a_7980_91a2_b3c4d5e6f70", NULL, "", "", "" },
	/* what builds images, and others that make containers */
	{ "/docker/buildkit/" BUILD, "buildkit", BUILD, "", "" },
	{ "/buildkit/" BUILD, "buildkit", BUILD, "", "" },
	{ "/system.slice/docker-" BUILD ".scope", "buildkit", BUILD, "", "" },
	{ "/system.slice/docker-" BUILD "0.scope", NULL, "", "", "docker-" BUILD "0.scope" },
	{ "/system.slice/docker-" BUILD ".service", NULL, "", "", "docker-" BUILD ".service" },
	{ "/docker/buildkit/y0", NULL, "", "", "" },
	{ "/docker/" BUILD, NULL, "", "", "" },
	{ "/kubepods/burstable/pod" UID "/kata_" ID, "kata", ID, UID, "" },
	{ "/kubepods/kata_" ID, NULL, "", "", "" },
	{ "/kata_overhead/" ID, "kata", ID, "", "" },
	{ "/nomad.slice/share.slice/" UID ".web.scope", "nomad", UID ".web", "", "" },
	{ "/nomad.slice/reserve.slice/" UID ".web.scope", "nomad", UID ".web", "", "" },
	{ "/nomad.slice/" UID ".web.scope", "nomad", UID ".web", "", "" },
	{ "/nomad.slice/share.slice/web.scope", NULL, "", "", "" },
	{ "/system.slice/share.slice/" UID ".web.scope", NULL, "", "", "" },
	{ "/nomad/" UID, "nomad", UID, "", "" },
	{ "/garden/" UID, "garden", UID, "", "" },
	{ "/garden/good/" UID, "garden", UID, "", "" },
	{ "/garden/bad/" UID, "garden", UID, "", "" },
	{ "/garden/good", NULL, "", "", "" },
	{ "/alice/garden/" UID, NULL, "", "", "" },
	/* LXC, nspawn, machines */
	{ "/lxc.payload.web", "lxc", "web", "", "" },
	{ "/lxc.payload.web/system.slice/nginx.service", "lxc", "web", "", "nginx.service" },
	{ "/lxc.payload/web", "lxc", "web", "", "" },
	{ "/lxc/web", "lxc", "web", "", "" },
	{ "/lxc.monitor.web", NULL, "", "", "" },
	{ "/machine.slice/machine-my\\x2dbox.scope", "nspawn", "my-box", "", "" },
	{ "/machine.slice/machine-box.scope/payload/system.slice/sshd.service", "nspawn", "box", "",
	  "sshd.service" },
	{ "/machine.slice/systemd-nspawn@box.service/payload", "nspawn", "box", "", "" },
	{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator", "libvirt", "1-vm", "",
	  "" },
	{ "/system.slice/machine-exporter.service", NULL, "", "", "machine-exporter.service" },
	{ "/machine.slice/machine-web.slice/web.service", NULL, "", "", "web.service" },
	{ "/machine.slice/machine-libpod_pod_" ID2 ".slice", NULL, "", ID2, "" },
	{ "/machine.slice/machine-libpod_pod_" ID2 "0.slice", NULL, "", "", "" },
	{ "/system.slice/systemd-nspawn@box.slice", NULL, "", "", "" },
	/* ECS */
	{ "/ecs/9f8e7d6c5b4a39281706f5e4d3c2b1a0/" ID, "ecs", ID, "", "" },
	{ "/ecs/9f8e7d6c5b4a39281706f5e4d3c2b1a0/9f8e7d6c5b4a39281706f5e4d3c2b1a0-1234567890",
	  "ecs", "9f8e7d6c5b4a39281706f5e4d3c2b1a0-1234567890", "", "" },
	{ "/ecstasks.slice/ecstasks-9f8e7d6c.slice/docker-" ID ".scope", "docker", ID, "", "" },
	/* one in the other: the innermost */
	{ "/docker/" ID "/docker/" ID2, "docker", ID2, "", "" },
	{ "/system.slice/docker-" ID ".scope/docker/" ID2, "docker", ID2, "", "" },
	{ "/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
	  "kubelet-kubepods-besteffort-pod" UID_ ".slice/cri-containerd-" ID2 ".scope",
	  "containerd", ID2, UID, "" },
	{ "/system.slice/docker-" ID ".scope/kubelet/kubepods/burstable/pod" UID "/" ID2, NULL, ID2,
	  UID, "" },
	{ "/docker/" ID "/system.slice/containerd.service", "docker", ID, "",
	  "containerd.service" },
	{ POD_SLICE "/cri-containerd-" ID ".scope/docker/" ID2, "docker", ID2, UID, "" },
	/* systemd */
	{ "/system.slice/nginx.service", NULL, "", "", "nginx.service" },
	{ "/system.slice/system-getty.slice/getty@tty1.service", NULL, "", "",
	  "getty@tty1.service" },
	{ "/user.slice/user-1000.slice/session-3.scope", NULL, "", "", "session-3.scope" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-a\\x2db.service", NULL, "",
	  "", "user@1000.service" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope", NULL, "", "",
	  "user@1000.service" },
	{ "/system.slice/a\\x2.service", NULL, "", "", "a\\x2.service" },
	{ "/system.slice/a\\x00b.service", NULL, "", "", "a\\x00b.service" },
	{ "/init.scope", NULL, "", "", "init.scope" },
	/* nothing */
	{ "/", NULL, "", "", "" },
	{ "", NULL, "", "", "" },
	{ "/user.slice", NULL, "", "", "" },
	{ "/" ID, NULL, "", "", "" },
	{ "/process/0123456789abcdef0123456789abcdef", NULL, "", "", "" },
	{ "/docker-.scope", NULL, "", "", "" },
	{ "/system.slice/docker-.scope", NULL, "", "", "docker-.scope" },
	{ "/system.slice/docker-cleanup.service", NULL, "", "", "docker-cleanup.service" },
	/* a name out of its place */
	{ "/sshd.service", NULL, "", "", "" },
	{ "/alice/sshd.service", NULL, "", "", "" },
	{ "/alice/system.slice/sshd.service", NULL, "", "", "" },
	{ "/alice/docker-" ID ".scope", NULL, "", "", "" },
	{ "/alice/docker/" ID, NULL, "", "", "" },
	{ "/alice/" ID, NULL, "", "", "" },
	{ "/docker-" ID ".scope", NULL, "", "", "" },
	{ "/alice" POD_SLICE "/crio-" ID ".scope", NULL, "", "", "" },
	{ "/alice/kubepods/pod" UID "/" ID, NULL, "", "", "" },
	{ "/alice/lxc.payload.web", NULL, "", "", "" },
	{ "/system.slice/system.slice/sshd.service", NULL, "", "", "" },
	{ "/system.slice/kubepods-pod" UID_ ".slice", NULL, "", "", "" },
	{ "/system.slice/machine-box.scope", NULL, "", "", "machine-box.scope" },
	{ "/system.slice/machine-learning.service", NULL, "", "", "machine-learning.service" },
	{ "/system.slice/web.service/sshd.service", NULL, "", "", "web.service" },
	{ "/system.slice/web.service/docker-" ID ".scope", NULL, "", "", "web.service" },
	{ "/system.slice/web.service/" ID, NULL, ID, "", "web.service" },
	{ "/system.slice/web.service/" ID "/system.slice/sshd.service", NULL, ID, "",
	  "web.service" },
	{ USER "/sshd.service", NULL, "", "", "user@1000.service" },
	{ USER "/app.slice/sshd.service", NULL, "", "", "user@1000.service" },
	{ USER "/docker-" ID ".scope", NULL, "", "", "user@1000.service" },
	{ USER "/app.slice/docker-" ID ".scope", NULL, "", "", "user@1000.service" },
	{ USER "/system.slice/sshd.service", NULL, "", "", "user@1000.service" },
	{ USER "/docker/" ID, NULL, "", "", "user@1000.service" },
	{ USER "/" ID, NULL, "", "", "user@1000.service" },
	{ USER "/user.slice/libpod-" ID ".scope/system.slice/sshd.service", "podman", ID, "",
	  "user@1000.service" },
	{ "/.service", NULL, "", "", "" },
};

/* What some of them say besides. */
static const struct {
	const char *path;
	const char *user_unit; /* NULL: none, as all */
	const char *all;
} more[] = {
	{ USER "/app.slice/web.service/libpod-payload-" ID, "web.service", NULL },
	{ USER "/app.slice/app-web.slice/web.service/runtime", "web.service", NULL },
	{ USER "/app.slice/web.service/docker-" ID ".scope", "web.service", NULL },
	{ "/docker/" ID "/docker/" ID2, NULL, ID "/" ID2 },
	{ "/system.slice/docker-" ID ".scope/docker/" ID2, NULL, ID "/" ID2 },
	{ "/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
	  "kubelet-kubepods-besteffort-pod" UID_ ".slice/cri-containerd-" ID2 ".scope",
	  NULL, ID "/" ID2 },
	{ "/system.slice/docker-" ID ".scope/kubelet/kubepods/burstable/pod" UID "/" ID2, NULL,
	  ID "/" ID2 },
	{ POD_SLICE "/cri-containerd-" ID ".scope/docker/" ID2, NULL, ID "/" ID2 },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-a\\x2db.service",
	  "app-a\\x2db.service", NULL },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope", "app-x.scope",
	  NULL },
	{ USER "/sshd.service", "sshd.service", NULL },
	{ USER "/app.slice/sshd.service", "sshd.service", NULL },
	{ USER "/docker-" ID ".scope", "docker-" ID ".scope", NULL },
	{ USER "/app.slice/docker-" ID ".scope", "docker-" ID ".scope", NULL },
	{ USER "/system.slice/sshd.service", "sshd.service", NULL },
};

static void assert_more(size_t i, const struct container *c)
{
	const char *user_unit = NULL, *all = NULL;

	for (size_t k = 0; k < COUNT(more); k++) {
		if (strcmp(more[k].path, cases[i].path))
			continue;
		user_unit = more[k].user_unit;
		all = more[k].all;
	}
	if (strcmp(c->user_unit, user_unit ? user_unit : "") || strcmp(c->all, all ? all : ""))
		fail_msg("%s: user_unit %s, all %s", cases[i].path, c->user_unit, c->all);
}

TEST(container__of_each_shape)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct container c;
		bool any = container_parse(cases[i].path, &c);

		if (strcmp(c.runtime ? c.runtime : "", cases[i].runtime ? cases[i].runtime : "") ||
		    strcmp(c.id, cases[i].id) || strcmp(c.pod, cases[i].pod) ||
		    strcmp(c.unit, cases[i].unit) || any != (c.id[0] || c.pod[0] || c.unit[0]))
			fail_msg("%s: runtime %s, id %s, pod %s, unit %s", cases[i].path,
				 c.runtime ? c.runtime : "-", c.id, c.pod, c.unit);
		assert_more(i, &c);
	}
}

TEST(container__of_many_those_that_fit)
{
	char path[4096] = "", name[CONTAINER_NAME_MAX];
	struct container c;
	size_t n = 0;

	memset(name, 'x', sizeof(name));
	for (int i = 0; i < 8; i++)
		n += (size_t)snprintf(path + n, sizeof(path) - n, "/lxc/%.200s", name);
	assert_true(container_parse(path, &c));
	assert_int_equal(strlen(c.all), 2 * 200 + 1);
	assert_int_equal(strlen(c.id), 200);
}

TEST(container__long_names_and_deep_paths_fit)
{
	char path[4096] = "", want[CONTAINER_NAME_MAX];
	struct container c;
	size_t n = 0;

	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(path + n, sizeof(path) - n, "/deep");
	assert_false(container_parse(path, &c));
	memset(path, 'x', sizeof(path) - 1);
	memcpy(path, "/lxc/", 5);
	memset(want, 'x', sizeof(want));
	assert_true(container_parse(path, &c));
	assert_int_equal(strlen(c.id), sizeof(want) - 1);
	assert_memory_equal(c.id, want, sizeof(want) - 1);
}
