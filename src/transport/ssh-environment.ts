/**
 * The variables of its own that haq passes on to ssh: what ssh, its agents, its questions, its tickets and the programs
 * of its configuration need. haq's other variables may hold secrets, and ssh and what it starts would have them for as
 * long as a connection is kept.
 * @see ssh(1), ENVIRONMENT
 */
const passedOn =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|TZ|TMPDIR|LANG|LANGUAGE|LC_\w+|SSH_(AUTH_SOCK|AGENT_PID|ASKPASS|ASKPASS_REQUIRE|SK_PROVIDER)|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|KRB5CCNAME|KRB5_CONFIG|GNUPGHOME)$/

/** @param more names of others that the operator's configuration of ssh needs */
export function sshEnvironment(own: NodeJS.ProcessEnv, more: readonly string[] = []): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(own).filter(([name]) => passedOn.test(name) || more.includes(name)))
}
