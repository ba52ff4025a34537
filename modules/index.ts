// The collection: all modules by name, in families, and the facts that playbooks use in conditions.
export { directory } from './files/directory.ts'
export { file } from './files/file.ts'

// packages/
export { packages } from './packages/packages.ts'
export { packagesCanChange } from './packages/packagesCanChange.ts'

// system/
export { restartOnFailure } from './system/restartOnFailure.ts'
export { service } from './system/service.ts'

// network/
export { hostsFile } from './network/hostsFile.ts'
export { networkdKeeps } from './network/networkdKeeps.ts'
export { linkAddress } from './network/link-address.ts'
export { arpAnswers } from './network/arp.ts'

// control/
export { command, holds } from './control/command.ts'
export { verifyAll } from './control/verifyAll.ts'
export { verifyReady } from './control/verifyReady.ts'

// keepalived/
export { keepalivedConf } from './keepalived/keepalivedConf.ts'
export { vridUnclaimed } from './keepalived/vridUnclaimed.ts'
export { scriptSafety } from './keepalived/script-safety.ts'
export { vrrpHeard } from './keepalived/vrrp.ts'

// lvs/
export { loopbackVip } from './lvs/loopbackVip.ts'
export { lvsMark } from './lvs/lvsMark.ts'
export { sysctlArp } from './lvs/sysctlArp.ts'
export { sysctlLvs } from './lvs/sysctlLvs.ts'
export { verifyArp } from './lvs/verifyArp.ts'
export { verifyLvs } from './lvs/verifyLvs.ts'
export { ipvsSupport, ipvsTable } from './lvs/ipvs.ts'
export type { IpvsServer, IpvsService } from './lvs/ipvs.ts'

// rabbitmq/
export { brokerHealth } from './rabbitmq/brokerHealth.ts'
export { healthPath } from './rabbitmq/brokerHealth/paths.ts'
export { brokerPool, poolSwitch } from './rabbitmq/brokerPool.ts'
export { erlangCookie } from './rabbitmq/erlangCookie.ts'
export { haPolicy } from './rabbitmq/haPolicy.ts'
export { probeReport } from './rabbitmq/probeReport.ts'
export { rabbitApp } from './rabbitmq/rabbitApp.ts'
export { rabbitCanStop } from './rabbitmq/rabbitCanStop.ts'
export { rabbitConf } from './rabbitmq/rabbitConf.ts'
export { rabbitDistribution } from './rabbitmq/rabbitDistribution.ts'
export { rabbitFeatureFlags } from './rabbitmq/rabbitFeatureFlags.ts'
export { rabbitForget } from './rabbitmq/rabbitForget.ts'
export { rabbitJoin } from './rabbitmq/rabbitJoin.ts'
export { rabbitMaintenance } from './rabbitmq/rabbitMaintenance.ts'
export { rabbitPermissions } from './rabbitmq/rabbitPermissions.ts'
export { rabbitPlugin } from './rabbitmq/rabbitPlugin.ts'
export { rabbitRebalance } from './rabbitmq/rabbitRebalance.ts'
export { rabbitReplicas } from './rabbitmq/rabbitReplicas.ts'
export { rabbitRestart } from './rabbitmq/rabbitRestart.ts'
export { rabbitSync } from './rabbitmq/rabbitSync.ts'
export { rabbitUser } from './rabbitmq/rabbitUser.ts'
export { rabbitVhost } from './rabbitmq/rabbitVhost.ts'
export { taskProcessor } from './rabbitmq/taskProcessor.ts'
export { verifyBrokerHealth } from './rabbitmq/verifyBrokerHealth.ts'
export { verifyRabbitCluster } from './rabbitmq/verifyRabbitCluster.ts'
export { verifyRabbitNode } from './rabbitmq/verifyRabbitNode.ts'
export { verifyRabbitQueues } from './rabbitmq/verifyRabbitQueues.ts'
export { verifyRabbitSeed } from './rabbitmq/verifyRabbitSeed.ts'
export { verifyVip } from './rabbitmq/verifyVip.ts'
export { amqpAnswers } from './rabbitmq/facts/amqp.ts'
export { isAtLeast, rabbit } from './rabbitmq/facts/rabbit.ts'
export type { RabbitNode, RabbitPermissions, RabbitPolicy, RabbitState, RabbitVhost } from './rabbitmq/facts/rabbit.ts'
export { rabbitConditions } from './rabbitmq/facts/rabbit-conditions.ts'
export type { RabbitConditions } from './rabbitmq/facts/rabbit-conditions.ts'
export { askNode, erlangCookieFile, erlangCookiePath, nodeName, rabbitUnit } from './rabbitmq/facts/rabbit-node.ts'
export type { NodeName } from './rabbitmq/facts/rabbit-node.ts'
export { seedOf } from './rabbitmq/shared/membership.ts'
export { rabbitQueues } from './rabbitmq/facts/rabbit-queues.ts'
export type { RabbitQueue, RabbitQueues } from './rabbitmq/facts/rabbit-queues.ts'
