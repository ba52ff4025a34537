/** Root's alone, and so are the folders above: keepalived runs no script that somebody else could replace. */
export const folderPath = '/usr/local/lib/haq'
export const healthPath = `${folderPath}/broker-health`

/** While this file is there the host is out of the pool; what it holds is the reason. It is gone after a reboot. */
export const switchFolder = '/run/haq'
export const switchPath = `${switchFolder}/out-of-pool`
