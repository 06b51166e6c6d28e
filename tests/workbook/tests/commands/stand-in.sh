#!/bin/sh
# Stands in for cargo, and for the checks that it builds. The text of the answer says what happens.
# Something that does not end by itself first writes its process id to the file `runs`.
root=$(dirname "$0")

if [ "$1" = test ]; then
    package=$4
    answer=$(cat "$root/${package%-*}s/${package#*-}"-*/src/*.rs)
    case $answer in
    *"never builds"*)
        echo $$ >>"$root/runs"
        exec sleep 1000
        ;;
    *"does not compile"*)
        printf '%s' '{"reason":"compiler-message","target":{"kind":["lib"],"name":"lib"},"message":' \
            '{"level":"error","message":"no","rendered":"error: no\n","spans":[{"file_name":' \
            '"src/retry.rs","line_start":1,"is_primary":true}]}}'
        exit 101
        ;;
    *)
        cp "$0" "$root/$package"
        printf '%s' '{"reason":"compiler-artifact","target":{"kind":["test"],"name":"checks"},' \
            '"filenames":[],"executable":"'"$root/$package"'"}'
        ;;
    esac
    exit
fi

package=$(basename "$0")
if [ "$1" = --list ]; then
    sed -n 's/^name = "\([a-z_]*\)"$/checks::\1: test/p' "$root"/tests/*/exercise.toml
    exit
fi

read -r request
field() {
    printf '%s' "$request" | sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"
}
answer=$(cat "$root/${package%-*}s/${package#*-}"-*/src/*.rs)
check=${2#checks::}
outcome='"status":"passed","cause":null,"message":null'
case $answer in
*"never ends"*)
    echo $$ >>"$root/runs"
    exec sleep 1000
    ;;
*"fails $check"*) outcome='"status":"failed","cause":null,"message":"no"' ;;
*"hangs $check"*) outcome='"status":"timeout","cause":"stuck","message":"stuck in '$check'"' ;;
esac
record=$(field record)
printf '%s' '{"nonce":"'"$(field nonce)"'","outcome":{'"$outcome"',' \
    '"interleaving":null,"schedule":null}}' >"$record"
