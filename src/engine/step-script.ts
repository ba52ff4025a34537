import { Secret } from '../core/secret.ts'
import { sh, lines, type Script } from '../core/shell.ts'
import type { RemoveStep, Step, WriteStep } from '../core/step.ts'
import { enterFolder } from '../facts/file-links.ts'

/** The script that applies a step on a host. */
export function stepScript(step: Step): Script {
  switch (step.kind) {
    case 'write':
      return writeScript(step)
    case 'remove':
      return removeScript(step)
    case 'run':
      return lines(sh`set -e`, step.script)
  }
}

/**
 * Writes beside the file, checks, makes it durable and renames, so that whoever reads the path sees the old file or the
 * new one, never a part. A link is followed: the file that it names is replaced, not the link.
 */
function writeScript({ path, content, source, owner, group, mode, validate }: WriteStep): Script {
  // As a secret, because the content may hold some; printf is the shell's own, so that no process shows it.
  const encoded = new Secret(Buffer.from(content.reveal(), 'latin1').toString('base64'))
  return sh`set -e
${enterFolder(path, true)}
if [ -d "./$name" ]; then echo "$path is a directory" >&2; exit 1; fi
# A device or a socket is never replaced: a link to /dev/null is how sysctl.d and systemd mask a file.
if [ -e "./$name" ] && [ ! -f "./$name" ]; then echo "$path is not a regular file" >&2; exit 1; fi
# A name of up to 255 bytes; what is added takes 12 of them.
base=$(printf %s "$name" | cut -b 1-240)
# What a run that was killed left behind.
rm -f "./.haq-$base."??????
umask 077
new=$(mktemp -u "./.haq-$base.XXXXXX")
# Made by this shell or not at all, and from here on worked on by its descriptor: whoever may write to the folder can put
# another file or a link in its place, and would have that one written and given away.
set -C
exec 7>"$new"
set +C
file=/proc/self/fd/7
[ -e "$file" ] || file=$new
trap 'rm -f "$new"' EXIT
trap 'exit 143' HUP INT TERM
${
  source
    ? sh`( ${source}
) >&7`
    : sh`printf %s ${encoded} | base64 -d >&7`
}
chown ${`${owner}:${group}`} "$file"
# The new file gets the old one's ACL, extended attributes and capabilities, after chown, which would drop the latter. Its
# mode comes with the ACL, and is set below.
if [ -f "./$name" ] && [ ! -L "./$name" ]; then
  said=$(cp --attributes-only --preserve=mode,xattr -- "./$name" "$file" 2>&1) || case $said in
  # The file system has none, or cp is one of busybox.
  *"not supported"* | *"unrecognized option"*) ;;
  *) printf '%s\n' "$said" >&2; exit 1 ;;
  esac
fi
chmod ${mode} "$file"
if command -v selinuxenabled >/dev/null && selinuxenabled; then
  chcon -h "$(matchpathcon -n "$path")" "$new"
fi
${
  validate
    ? sh`( set -- "$folder/$(basename "$new")"
${validate}
)`
    : sh`:`
}
sync "$file"
if [ "$file" != "$new" ] && ! [ "$new" -ef "$file" ]; then
  echo "somebody put something else in the place of $new" >&2; exit 1
fi
said=$(mv -fT "$new" "./$name" 2>&1) || case $said in
*option*)
  # An mv without -T would follow a link to a folder.
  if [ -L "./$name" ]; then echo "somebody put a link in the place of $path" >&2; exit 1; fi
  mv -f "$new" "./$name" ;;
*busy*)
  # A file that is mounted by itself, as containers have /etc/hosts, can't be replaced: it is written in place.
  cat "$new" >"./$name"
  chown ${`${owner}:${group}`} "./$name"
  chmod ${mode} "./$name"
  sync "./$name"
  rm -f "$new" ;;
*) printf '%s\n' "$said" >&2; exit 1 ;;
esac
trap - EXIT
sync .`
}

function removeScript({ path }: RemoveStep): Script {
  return sh`set -e
${enterFolder(path, false)}
rm -f "./$name"
sync .`
}
