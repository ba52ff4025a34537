/**
 * The environment variables that haq passes on to ssh: those for ssh, agents, askpass programs, Kerberos tickets and
 * the programs in ssh's configuration. Other variables may hold secrets, which ssh would keep as long as a kept
 * connection.
 * @see ssh(1), ENVIRONMENT
 */
const passedOn =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|TZ|TMPDIR|LANG|LANGUAGE|LC_\w+|SSH_(AUTH_SOCK|AGENT_PID|ASKPASS|ASKPASS_REQUIRE|SK_PROVIDER)|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|KRB5CCNAME|KRB5_CONFIG|GNUPGHOME)$/

/** @param more names of further variables that the operator's ssh configuration needs */
export function sshEnvironment(own: NodeJS.ProcessEnv, more: readonly string[] = []): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(own).filter(([name]) => passedOn.test(name) || more.includes(name)))
}
