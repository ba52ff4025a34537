/**
 * The program and the directories above it belong to root: keepalived runs no script that another user could replace.
 */
export const folderPath = '/usr/local/lib/haq'
export const healthPath = `${folderPath}/broker-health`

/** While this file exists, the host is out of the pool. The file contains the reason. A reboot removes the file. */
export const switchFolder = '/run/haq'
export const switchPath = `${switchFolder}/out-of-pool`
