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

/** What PREROUTING and the chain say of a mark, as `iptables -S` prints it; absent where there is no iptables. */
export function rulesOf(mark: number): Fact<readonly string[] | Absent> {
  const chain = chainOf(mark)
  return {
    key: `lvsMarkRules:${mark}`,
    // The old iptables is asked only where it is in use: to be asked would load it into the kernel.
    script: sh`PATH=$PATH:/usr/sbin:/sbin
command -v iptables >/dev/null || { echo absent; exit 0; }
for name in iptables iptables-legacy; do
  [ $name = iptables ] || grep -qsx mangle /proc/net/ip_tables_names || continue
  rules=$($name -w -t mangle -S ${chain} 2>/dev/null) || continue
  $name -w -t mangle -S PREROUTING 2>/dev/null | grep -e ${` -j ${chain}$`}
  printf '%s\n' "$rules" | grep -e ^-A
  break
done
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

/**
 * Replaces what PREROUTING and the chain have by `$rules`, all in one, so that no connection meets a half of them. The
 * plain iptables is mostly the one over nftables, which some kernels have not; then the old one does it.
 */
function replaceText(mark: number): string {
  const chain = chainOf(mark)
  return `PATH=$PATH:/usr/sbin:/sbin
replace() {
  old=$($1 -w -t mangle -S PREROUTING | sed -n 's/^-A \\(.* -j ${chain}\\)$/-D \\1/p')
  printf '%s\\n' '*mangle' ':${chain} - [0:0]' "$old" "$rules" COMMIT | $1-restore -w --noflush
}
if [ -n "$rules" ]; then
  replace iptables || replace iptables-legacy || exit 1
else
  for name in iptables iptables-legacy; do
    $name -w -t mangle -S ${chain} >/dev/null 2>&1 || continue
    replace $name && $name -w -t mangle -X ${chain} || exit 1
  done
fi`
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
