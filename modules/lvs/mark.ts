import { absent, sh, type Absent, type Fact, type Script } from 'haq'

/** The iptables chain of a mark. PREROUTING jumps to it. */
export function chainOf(mark: number): string {
  return `HAQ-LVS-${mark}`
}

export function unitName(mark: number): string {
  return `haq-lvs-mark-${mark}.service`
}

export function unitPath(mark: number): string {
  return `/etc/systemd/system/${unitName(mark)}`
}

/** The script that the unit runs. */
export function scriptPath(mark: number): string {
  return `/usr/local/sbin/haq-lvs-mark-${mark}`
}

/**
 * The rules of a mark in PREROUTING and in its chain, as `iptables -S` prints them. Absent if the host has no
 * iptables.
 */
export function rulesOf(mark: number): Fact<readonly string[] | Absent> {
  const chain = chainOf(mark)
  return {
    key: `lvsMarkRules:${mark}`,
    // iptables-legacy is called only if it is in use: a call would load its kernel modules.
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
            // Older versions of iptables print link-layer addresses in upper case.
            .map(line => line.replace(/(?<=--mac-source )\S+/, mac => mac.toLowerCase())),
  }
}

/** The script that sets the rules of a mark if called with `start`, and removes them if called with `stop`. */
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

/** Replaces the existing rules of a mark. Without rules, the existing ones are removed. */
export function replaceRules(mark: number, rules: readonly string[]): Script {
  return sh`sh -c ${`rules=$1
${replaceText(mark)}`} sh ${rules.join('\n')}`
}

/**
 * Replaces the rules in PREROUTING and in the chain by `$rules` in one transaction, so that no connection meets only
 * some of the rules. `iptables` is usually iptables-nft, which some kernels do not support; then iptables-legacy is
 * used.
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

/** The unit that sets the rules before keepalived starts. */
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
