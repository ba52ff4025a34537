import { Secret } from 'haq'
import { keepalivedConf } from 'haq/modules'

/** What is wrong with parameters, as `path: message`. */
export function problemsOf(params: object): readonly string[] {
  return keepalivedConf(params).problems.map(({ path, message }) => `${path}: ${message}`)
}

/** The reference pair's first director, as the cluster playbook has it. */
export const cluster = {
  global: { routerId: 'initiator', lvsSyncDaemon: { interface: 'eth1', instance: 'VI_1' } },
  instances: [
    {
      name: 'VI_1',
      interface: 'eth1',
      virtualRouterId: 60,
      priority: 100,
      nopreempt: true,
      authentication: { pass: new Secret('s3cr3t') },
      virtualAddresses: [{ address: '192.168.1.120', dev: 'eth1', label: 'eth1:vip' }],
    },
  ],
  virtualServers: [
    {
      address: '192.168.1.120',
      port: 5672,
      realServers: ['192.168.1.121', '192.168.1.114'].map(address => ({ address, checks: [{ type: 'tcp' as const }] })),
    },
  ],
}

export const clusterConf = `# Managed by haq: edits by hand are replaced.

global_defs {
  router_id initiator
  enable_script_security
  script_user root
  lvs_sync_daemon eth1 inst VI_1
}

vrrp_instance VI_1 {
  state BACKUP
  interface eth1
  virtual_router_id 60
  priority 100
  advert_int 1
  nopreempt
  authentication {
    auth_type PASS
    auth_pass s3cr3t
  }
  virtual_ipaddress {
    192.168.1.120/32 dev eth1 label eth1:vip
  }
}

virtual_server 192.168.1.120 5672 {
  delay_loop 6
  lb_algo rr
  lb_kind DR
  protocol TCP
  real_server 192.168.1.121 5672 {
    weight 1
    TCP_CHECK {
      connect_timeout 3
      retry 3
      delay_before_retry 3
    }
  }
  real_server 192.168.1.114 5672 {
    weight 1
    TCP_CHECK {
      connect_timeout 3
      retry 3
      delay_before_retry 3
    }
  }
}
`

/** Every parameter that there is. The interfaces are eth1 and eth2; /usr/bin/true stands for every script. */
export const everything = {
  global: {
    routerId: 'initiator',
    enableScriptSecurity: true,
    scriptUser: 'root root',
    notificationEmail: ['ops@example.com', 'root@localhost'],
    notificationEmailFrom: 'keepalived@example.com',
    smtpServer: '127.0.0.1',
    smtpPort: 2525,
    smtpConnectTimeout: 30,
    smtpAlert: true,
    vrrpGarpMasterDelay: 1,
    vrrpGarpMasterRepeat: 2,
    vrrpGarpMasterRefresh: 60,
    vrrpGarpMasterRefreshRepeat: 2,
    vrrpGarpLowerPrioDelay: 10,
    vrrpGarpLowerPrioRepeat: 1,
    vrrpHigherPrioSendAdvert: true,
    vrrpGarpInterval: 0.001,
    vrrpCheckUnicastSrc: true,
    vrrpSkipCheckAdvAddr: true,
    vrrpPriority: -20,
    dynamicInterfaces: true,
    lvsSyncDaemon: { interface: 'eth1', instance: 'VI_1', id: 60 },
    lvsFlush: true,
    lvsFlushOnStop: true,
  },
  scripts: [
    {
      name: 'broker',
      script: "/usr/bin/true --name 'two words' -v",
      interval: 2,
      timeout: 3,
      weight: -20,
      rise: 2,
      fall: 3,
      user: 'root root',
      initFail: true,
    },
    { name: 'disk', script: '/usr/bin/true' },
  ],
  trackProcesses: [
    { name: 'erlang', process: 'beam.smp' },
    { name: 'agents', process: '/usr/sbin/agent', quorum: 2, delay: 0.5, weight: -5 },
  ],
  instances: [
    {
      name: 'VI_1',
      state: 'BACKUP' as const,
      interface: 'eth1',
      virtualRouterId: 60,
      priority: 100,
      version: 2 as const,
      advertInt: 1,
      preemptDelay: 4.5,
      authentication: { type: 'AH' as const, pass: new Secret('s3cr3t-8') },
      virtualAddresses: [
        { address: '192.168.1.120', prefix: 24, dev: 'eth2', label: 'eth2:0123456789' },
        { address: '192.168.1.119' },
      ],
      trackScripts: ['disk', { name: 'broker', weight: -30 }],
      trackProcesses: ['erlang', { name: 'agents', weight: -15 }],
      trackInterfaces: ['eth2', { name: 'eth3', weight: 10 }],
      unicastSrcIp: '192.168.1.121',
      unicastPeers: ['192.168.1.114', '192.168.1.115'],
      notify: '/usr/bin/true any',
      notifyMaster: '/usr/bin/true master',
      notifyBackup: '/usr/bin/true backup',
      notifyFault: '/usr/bin/true fault',
      notifyStop: '/usr/bin/true stop',
      smtpAlert: false,
    },
    {
      name: 'VI_6',
      interface: 'eth1',
      virtualRouterId: 60,
      priority: 100,
      advertInt: 0.25,
      nopreempt: true,
      virtualAddresses: [{ address: 'fd00::120', prefix: 64 }],
      trackScripts: ['disk'],
    },
    {
      name: 'VI_M',
      state: 'MASTER' as const,
      interface: 'eth2',
      virtualRouterId: 61,
      priority: 254,
      version: 3 as const,
      advertInt: 40.95,
      virtualAddresses: [{ address: '192.168.2.120' }],
    },
  ],
  virtualServers: [
    {
      address: '192.168.1.120',
      port: 5672,
      delayLoop: 0.5,
      lbAlgo: 'wrr' as const,
      lbKind: 'NAT' as const,
      protocol: 'TCP' as const,
      persistenceTimeout: 300,
      haSuspend: true,
      alpha: true,
      omega: true,
      quorum: 2,
      hysteresis: 1,
      sorryServer: { address: '192.168.1.9', port: 80 },
      realServers: [
        {
          address: '192.168.1.121',
          port: 5673,
          weight: 2,
          inhibitOnFailure: true,
          notifyUp: '/usr/bin/true up',
          notifyDown: '/usr/bin/true down',
          checks: [
            {
              type: 'tcp' as const,
              connectIp: '192.168.1.121',
              connectPort: 15672,
              connectTimeout: 2.5,
              retry: 1,
              delayBeforeRetry: 0.5,
            },
          ],
        },
        {
          address: '192.168.1.114',
          checks: [
            {
              type: 'misc' as const,
              path: '/usr/bin/true 192.168.1.114',
              timeout: 5,
              dynamic: true,
              user: 'root',
              retry: 0,
              delayBeforeRetry: 1,
            },
          ],
        },
      ],
    },
    {
      address: '192.168.1.120',
      port: 5671,
      delayLoop: 1,
      realServers: [
        { address: '192.168.1.115', checks: [{ type: 'http' as const, connectPort: 5679 }] },
        {
          address: '192.168.1.116',
          checks: [
            {
              type: 'http' as const,
              connectIp: '192.168.1.117',
              path: '/health?deep=1',
              statusCode: 204,
              connectTimeout: 0.5,
              retry: 0,
              delayBeforeRetry: 0.5,
            },
          ],
        },
      ],
    },
    { address: 'fd00::120', port: 53, protocol: 'UDP' as const, realServers: [{ address: 'fd00::121' }] },
    {
      fwmark: 1,
      lbKind: 'TUN' as const,
      sorryServer: { address: '192.168.1.9' },
      realServers: [{ address: '192.168.1.121', checks: [{ type: 'tcp' as const, connectPort: 5672 }] }],
    },
  ],
}
