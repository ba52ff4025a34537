import { absent, sh, type Absent, type Fact, type Script } from 'haq'

/** The chain of a mark, of which PREROUTING asks. */
export function chainOf(mark: number): string {
  return `HAQ-LVS-${mark}`
}

export function unitName(mark: number): string {
  return `haq-lvs-mark-${mark}.service`
}

export function unitPath(mark: number): string {
  return `/etc/systemd/system/${unitName(mark)}`
}

/** What the unit runs. */
export function scriptPath(mark: number): string {
  return `/usr/local/sbin/haq-lvs-mark-${mark}`
}

/**
 * The iptables that works with the host's kernel, as `$iptables`: the plain one is mostly the one over nftables, which
 * some kernels have not.
 */
const chooseIptables = sh`PATH=$PATH:/usr/sbin:/sbin
iptables=
for name in iptables iptables-legacy; do
  if [ -z "$iptables" ] && $name -w -t mangle -S PREROUTING >/dev/null 2>&1; then iptables=$name; fi
done`

/** What PREROUTING and the chain say of a mark, as `iptables -S` prints it; absent without an iptables that works. */
export function rulesOf(mark: number): Fact<readonly string[] | Absent> {
  const chain = chainOf(mark)
  return {
    key: `lvsMarkRules:${mark}`,
    script: sh`${chooseIptables}
if [ -z "$iptables" ]; then echo absent; exit 0; fi
$iptables -w -t mangle -S PREROUTING | grep -e ${` -j ${chain}$`}
$iptables -w -t mangle -S ${chain} 2>/dev/null | grep -e ^-A
:`,
    parse: stdout =>
      stdout === 'absent\n'
        ? absent
        : stdout
            .split('\n')
            .filter(Boolean)
            // Older releases print link addresses in capitals.
            .map(line => line.replace(/(?<=--mac-source )\S+/, mac => mac.toLowerCase())),
  }
}

/** The script that sets the rules of a mark when it is called with `start`, and removes them with `stop`. */
export function scriptText(mark: number, rules: readonly string[]): string {
  return `#!/bin/sh
# Managed by haq (lvsMark).
case $1 in
start) rules='${rules.join('\n')}' ;;
*) rules= ;;
esac
${replaceText(mark)}
`
}

/** Sets the rules of a mark in place of those that are there; none removes them. */
export function replaceRules(mark: number, rules: readonly string[]): Script {
  return sh`sh -c ${`rules=$1
${replaceText(mark)}`} sh ${rules.join('\n')}`
}

/** Replaces what PREROUTING and the chain have by `$rules`, all in one, so that no connection meets a half of them. */
function replaceText(mark: number): string {
  const chain = chainOf(mark)
  return `${chooseIptables.reveal()}
[ -n "$iptables" ] || { echo 'no iptables works with this kernel' >&2; exit 1; }
old=$($iptables -w -t mangle -S PREROUTING | sed -n 's/^-A \\(.* -j ${chain}\\)$/-D \\1/p')
printf '%s\\n' '*mangle' ':${chain} - [0:0]' "$old" "$rules" COMMIT | $iptables-restore -w --noflush || exit 1
[ -n "$rules" ] || $iptables -w -t mangle -X ${chain}`
}

/** The unit that has the rules set before keepalived starts. */
export function unitText({
  vip,
  port,
  mark,
}: {
  readonly vip: string
  readonly port: number
  readonly mark: number
}): string {
  return `# Managed by haq (lvsMark).
[Unit]
Description=Mark connections to ${vip}:${port} for LVS, unless another director sent them
After=network-pre.target
Before=network.target keepalived.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${scriptPath(mark)} start
ExecStop=${scriptPath(mark)} stop

[Install]
WantedBy=multi-user.target
`
}
