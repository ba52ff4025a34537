/** The sysctl that keeps a backup director's IPVS out of what the master sent it. */
export const backupOnlySysctl = 'net.ipv4.vs.backup_only'
