/** Packages that the collection's modules install: lab hosts find them, and what they depend on, in the lab's own repository. */
export const labPackages: readonly string[] = [
  ...['rabbitmq-server', 'keepalived', 'ipvsadm', 'curl', 'netcat-openbsd', 'iptables'],
  // Another distribution's package manager, to rehearse it where no such host is at hand.
  ...['dnf', 'rpm', 'createrepo-c'],
]
