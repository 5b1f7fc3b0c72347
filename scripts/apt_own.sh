# SPDX-License-Identifier: GPL-2.0-only
# To be sourced: an apt with a configuration of its own, for packages that are not this machine's.

# apt_own FOLDER ARCH COMMAND...: apt-get or apt-cache, with its lists and packages in FOLDER.
apt_own() {
    local folder=$1 arch=$2 command=$3
    shift 3
    mkdir -p "$folder"/{lists/partial,cache/archives/partial,state}
    touch "$folder/status"
    "$command" -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o "Dir::State=$folder/state" -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" \
        -o "Dir::State::status=$folder/status" -o "Dir::Log=$folder" -o "APT::Architecture=$arch" \
        -o "APT::Architectures=$arch" -o APT::Sandbox::User=root -o Acquire::Languages=none "$@" </dev/null
}

# The Debian mirror that this machine's apt uses, or SOCKWATCH_MIRROR; nothing: there is none.
debian_mirror() {
    if [ -n "${SOCKWATCH_MIRROR:-}" ]; then
        echo "$SOCKWATCH_MIRROR"
    else
        apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Origin: Debian' 2>/dev/null |
            sed -n '/\/debian\/$/{p;q}'
    fi
}

# sources_line MIRROR SUITE: as sources.list has it.
sources_line() {
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $1 $2 main"
}
