/** What `everything` renders to. */
export const everythingConf = `# Managed by haq: edits by hand are replaced.

global_defs {
  router_id initiator
  enable_script_security
  script_user root root
  notification_email {
    ops@example.com
    root@localhost
  }
  notification_email_from keepalived@example.com
  smtp_server 127.0.0.1 2525
  smtp_connect_timeout 30
  smtp_alert true
  vrrp_garp_master_delay 1
  vrrp_garp_master_repeat 2
  vrrp_garp_master_refresh 60
  vrrp_garp_master_refresh_repeat 2
  vrrp_garp_lower_prio_delay 10
  vrrp_garp_lower_prio_repeat 1
  vrrp_higher_prio_send_advert
  vrrp_garp_interval 0.001
  vrrp_check_unicast_src
  vrrp_skip_check_adv_addr
  vrrp_priority -20
  dynamic_interfaces
  lvs_sync_daemon eth1 inst VI_1 id 60
  lvs_flush
  lvs_flush_on_stop
}

vrrp_script broker {
  script "/usr/bin/true --name 'two words' -v"
  interval 2
  timeout 3
  weight -20
  rise 2
  fall 3
  user root root
  init_fail
}

vrrp_script disk {
  script "/usr/bin/true"
  interval 1
  weight 0
  rise 1
  fall 1
}

vrrp_track_process erlang {
  process "beam.smp"
  weight 0
  quorum 1
}

vrrp_track_process agents {
  process "/usr/sbin/agent"
  weight -5
  quorum 2
  delay 0.5
}

vrrp_instance VI_1 {
  state BACKUP
  interface eth1
  virtual_router_id 60
  priority 100
  advert_int 1
  preempt_delay 4.5
  authentication {
    auth_type AH
    auth_pass s3cr3t-8
  }
  unicast_src_ip 192.168.1.121
  unicast_peer {
    192.168.1.114
    192.168.1.115
  }
  virtual_ipaddress {
    192.168.1.120/24 dev eth2 label eth2:0123456789
    192.168.1.119/32
  }
  track_interface {
    eth2
    eth3 weight 10
  }
  track_script {
    disk
    broker weight -30
  }
  track_process {
    erlang
    agents weight -15
  }
  notify "/usr/bin/true any"
  notify_master "/usr/bin/true master"
  notify_backup "/usr/bin/true backup"
  notify_fault "/usr/bin/true fault"
  notify_stop "/usr/bin/true stop"
  smtp_alert false
}

vrrp_instance VI_6 {
  state BACKUP
  interface eth1
  virtual_router_id 60
  priority 100
  advert_int 0.25
  nopreempt
  virtual_ipaddress {
    fd00::120/64
  }
  track_script {
    disk
  }
}

vrrp_instance VI_M {
  state MASTER
  interface eth2
  virtual_router_id 61
  priority 254
  version 3
  advert_int 40.95
  virtual_ipaddress {
    192.168.2.120/32
  }
}

virtual_server 192.168.1.120 5672 {
  delay_loop 0.5
  lb_algo wrr
  lb_kind NAT
  protocol TCP
  persistence_timeout 300
  ha_suspend
  alpha
  omega
  quorum 2
  hysteresis 1
  sorry_server 192.168.1.9 80
  real_server 192.168.1.121 5673 {
    weight 2
    inhibit_on_failure
    notify_up "/usr/bin/true up"
    notify_down "/usr/bin/true down"
    TCP_CHECK {
      connect_ip 192.168.1.121
      connect_port 15672
      connect_timeout 2.5
      retry 1
      delay_before_retry 0.5
    }
  }
  real_server 192.168.1.114 5672 {
    weight 1
    MISC_CHECK {
      misc_path "/usr/bin/true 192.168.1.114"
      misc_timeout 5
      misc_dynamic
      user root
      retry 0
      delay_before_retry 1
    }
  }
}

virtual_server 192.168.1.120 5671 {
  delay_loop 1
  lb_algo rr
  lb_kind DR
  protocol TCP
  real_server 192.168.1.115 5671 {
    weight 1
    HTTP_GET {
      url {
        path /
        status_code 200
      }
      connect_port 5679
      connect_timeout 1
      retry 1
      delay_before_retry 1
    }
  }
  real_server 192.168.1.116 5671 {
    weight 1
    HTTP_GET {
      url {
        path /health?deep=1
        status_code 204
      }
      connect_ip 192.168.1.117
      connect_timeout 0.5
      retry 0
      delay_before_retry 0.5
    }
  }
}

virtual_server fd00::120 53 {
  delay_loop 6
  lb_algo rr
  lb_kind DR
  protocol UDP
  real_server fd00::121 53 {
    weight 1
  }
}

virtual_server fwmark 1 {
  delay_loop 6
  lb_algo rr
  lb_kind TUN
  sorry_server 192.168.1.9
  real_server 192.168.1.121 {
    weight 1
    TCP_CHECK {
      connect_port 5672
      connect_timeout 3
      retry 3
      delay_before_retry 3
    }
  }
}
`
