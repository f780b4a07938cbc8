# Sourced by ./overlay-node and benchmarks/run: finds a JDK, and builds a module's jar where it is missing or older than its sources.
# The script that sources it has set $program (its name, for messages), $home (the checkout), $module and $jar, and then calls `prepare`, which
# sets $jdk.

readonly NEEDED=25

fail() {
    echo "$program: $*" >&2
    exit 2
}

# Prints the feature release of the JDK or JRE at $1, or 0. Its release file answers without a JVM being started.
release_of() {
    local version=
    [ -x "$1/bin/java" ] || { echo 0; return; }
    [ -r "$1/release" ] && version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    [ -n "$version" ] || version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p;T;q')
    echo "${version:-0}"
}

# Sets $jdk to the first JDK that is recent enough.
find_jdk() {
    local candidates=() candidate on_path
    [ -z "${JAVA_HOME:-}" ] || candidates+=("$JAVA_HOME")
    if on_path=$(command -v java); then
        candidates+=("$(dirname "$(dirname "$(readlink -f "$on_path")")")")
    fi
    candidates+=(/usr/lib/jvm/* /opt/* /opt/java/* "$HOME"/.jdks/* "$HOME"/.sdkman/candidates/java/*
        /Library/Java/JavaVirtualMachines/*/Contents/Home)
    for candidate in "${candidates[@]}"; do
        if [ -x "$candidate/bin/javac" ] && [ "$(release_of "$candidate")" -ge $NEEDED ]; then
            jdk=$candidate
            return
        fi
    done
    fail "needs a JDK $NEEDED or newer, and found none in JAVA_HOME, on the PATH, in /usr/lib/jvm, /opt, ~/.jdks, ~/.sdkman or" \
        "/Library/Java: install one (https://adoptium.net, or apt-get install openjdk-$NEEDED-jdk) or set JAVA_HOME"
}

# For the script that sources this one to define anew.
after_build() { :; }

stale() {
    [ ! -f "$jar" ] && return
    local sources=("$home/pom.xml") other
    for other in "$home"/*/; do
        case $other in
            */examples/ | */benchmarks/) [[ $other == */"$module"/ ]] || continue ;; # neither is part of the other
        esac
        sources+=("$other"pom.xml "$other"src/main)
    done
    [ -n "$(find "${sources[@]}" -newer "$jar" -type f -print -quit 2>/dev/null)" ]
}

build() {
    command -v mvn >/dev/null || fail "has to build itself first and needs Maven 3.8 or newer: apt-get install maven"
    local began=$SECONDS stamp=$home/$module/target/.build-began log=$home/$module/target/.build.log
    echo "$program: building (once, and again when sources change) ..." >&2
    touch "$stamp"
    # Maven finds the JDK to compile with itself, but runs on the machine's usual one, if there is one. The check of the sources' format
    # (exec) is left out: nothing a user needs.
    if ! (cd "$home" && { command -v java >/dev/null || export JAVA_HOME=$jdk; } && mvn -q -B -pl "$module" -am package -Dmaven.test.skip=true -Dexec.skip=true) >"$log" 2>&1; then
        cat "$log" >&2
        fail "the build failed, see above"
    fi
    touch -r "$stamp" "$jar" # a source that was edited meanwhile is newer, and the next start builds again
    after_build
    echo "$program: built in $((SECONDS - began)) s" >&2
}

# Sets $jdk, and sees to it that $jar is there and fresh.
prepare() {
    local target=$home/$module/target
    find_jdk
    mkdir -p "$target" 2>/dev/null || true
    if command -v flock >/dev/null && [ -w "$target" ]; then
        # One builds, the others wait for it and find the jar fresh. Asked inside the lock: a jar that is just being written looks fresh too.
        exec 9>"$target/.build.lock"
        flock 9
        ! stale || build 9>&-
        exec 9>&-
    else
        ! stale || build
    fi
}
