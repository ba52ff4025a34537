/**
 * Packages that the modules of the collection install. The lab offers these packages and their dependencies to its
 * hosts in a local repository.
 */
export const labPackages: readonly string[] = [
  ...['rabbitmq-server', 'keepalived', 'ipvsadm', 'curl', 'netcat-openbsd', 'iptables'],
  // The package manager of another distribution, for tests without a host of that distribution.
  ...['dnf', 'rpm', 'createrepo-c'],
]
