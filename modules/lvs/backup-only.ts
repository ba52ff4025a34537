/** The sysctl that stops the IPVS of a backup director from balancing packets that the master has sent to it. */
export const backupOnlySysctl = 'net.ipv4.vs.backup_only'
