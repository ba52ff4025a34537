import { deepStrictEqual, match, ok, strictEqual } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { changesOf, type RunOutput, type Site } from './site.ts'

/** A test of the RabbitMQ modules on a real broker of any release. */
interface Proof {
  readonly name: string
  readonly run: (site: Site) => Promise<void>
}

async function run(site: Site, tag: string, ...words: readonly string[]): Promise<RunOutput> {
  const output = await site.run('test/lab/playbooks/rabbit-modules.ts', '--tags', tag, '--limit', 'initiator', ...words)
  ok(!/CANARY|Q0FOQVJZ/.test(output.all), 'no output shows a password')
  return output
}

/** Runs the playbook, which must make the changes that --check showed, and once more, which must change nothing. */
async function converges(site: Site, tag: string, ...words: readonly string[]): Promise<readonly string[]> {
  const announced = await run(site, tag, '--check', ...words)
  strictEqual(announced.exitCode, 0, announced.all)
  const output = await run(site, tag, ...words)
  strictEqual(output.exitCode, 0, output.all)
  const again = await run(site, tag, ...words)
  deepStrictEqual([again.exitCode, again.recap['initiator']?.['changed']], [0, 0], again.all)
  deepStrictEqual(changesOf(output), changesOf(announced), 'a run does what --check announced, and nothing else')
  return changesOf(output)
}

const logsIn = (site: Site, password: string): Promise<string> =>
  site.on('initiator', `rabbitmqctl -q authenticate_user ann "${password}" >/dev/null 2>&1 && echo yes || echo no`)

/** Declares a queue like a client that gives only the name, and returns its type. */
export async function declaredType(site: Site, vhost: string, user: string): Promise<string> {
  const said = `rabbit_channel:handle_method({'queue.declare', 0, <<"plain">>, false, true, false, false, false, []},
  none, #{}, none, <<"${vhost}">>, {user, <<"${user}">>, [], [{rabbit_auth_backend_internal, fun() -> none end}]}).`
  return site.on(
    'initiator',
    `rabbitmqctl -q set_permissions -p ${vhost} ${user} '.*' '.*' '.*'
expression=$(cat <<'end'
${said}
end
)
rabbitmqctl -q eval "$expression" >&2
rabbitmqctl -q list_queues -p ${vhost} name type | sed -n 's/^plain\t//p'`,
  )
}

const pluginRuns = (site: Site): Promise<string> =>
  site.on('initiator', `rabbitmqctl -q eval 'lists:member(rabbitmq_event_exchange, rabbit_plugins:active()).'`)

export const rabbitProofs: readonly Proof[] = [
  {
    name: 'a user comes with its password, tags and permissions, and guest goes',
    run: async site => {
      const seen = join(site.inventory, '../seen-by-rabbit-modules')
      const watch = `while :; do grep -aihs '[C]ANARY' /proc/[0-9]*/cmdline; done >${seen}`
      const watcher = execa('bash', ['-c', watch], { reject: false, stdin: 'ignore' })
      strictEqual((await converges(site, 'users')).length, 5)
      watcher.kill()
      strictEqual(await readFile(seen, 'latin1'), '', 'no process has a password in its arguments')
      await run(site, 'users', '--check', '-vvv')
      // In base64 it starts like CANARY.
      const journal = ['-rlE', 'CANARY|Q0FOQVJZ', `${site.env['XDG_STATE_HOME']}/haq/runs`]
      strictEqual((await execa('grep', journal, { reject: false })).exitCode, 1, 'the journal has no password')
      const list = await site.on('initiator', 'rabbitmqctl -q list_users; rabbitmqctl -q list_permissions -p shop')
      match(list, /ann\t\[management, monitoring\]/)
      match(list, /ann\t\^ann\\\.\t\t\.\*/)
      ok(!list.includes('guest'))
      strictEqual(await logsIn(site, `CANARY's first`), 'yes')
    },
  },
  {
    name: 'a password that somebody changed is set right again, and a new one replaces it',
    run: async site => {
      await site.on('initiator', 'rabbitmqctl -q change_password ann other')
      deepStrictEqual(await converges(site, 'users'), ['initiator: rabbitUser ann: user ann → with this password'])
      strictEqual((await converges(site, 'users', '-e', 'password=CANARY-second')).length, 1)
      deepStrictEqual([await logsIn(site, `CANARY's first`), await logsIn(site, 'CANARY-second')], ['no', 'yes'])
    },
  },
  {
    name: 'the password is told right from wrong by the command line too, where erl_call is none',
    run: async site => {
      const password = ['-e', 'password=CANARY-second'] as const
      // The fact uses rabbitmqctl when the configuration file sets a node name, even the default one.
      await site.on('initiator', 'echo NODENAME=rabbit@initiator >>/etc/rabbitmq/rabbitmq-env.conf')
      strictEqual((await run(site, 'users', '--check', ...password)).recap['initiator']?.['changed'], 0)
      strictEqual((await run(site, 'users', '--check')).recap['initiator']?.['changed'], 1)
      await site.on('initiator', `sed -i '$d' /etc/rabbitmq/rabbitmq-env.conf`)
    },
  },
  {
    name: 'a user that is to be absent goes',
    run: async site => {
      strictEqual((await converges(site, 'users', '-e', 'state=absent')).length, 1)
    },
  },
  {
    name: 'a vhost comes with its default queue type and limits, policies word by word as they are, and an operator policy',
    run: async site => {
      strictEqual((await converges(site, 'vhosts')).length, 5)
      strictEqual(await declaredType(site, 'typed', 'seller'), 'quorum')
      const policies = await site.on(
        'initiator',
        'rabbitmqctl -q list_policies; rabbitmqctl -q list_operator_policies -p typed',
      )
      ok(policies.includes('\todd\t^a\\\\.b$HOME`id`"$\t') && policies.includes('\tbound\t'), policies)
      strictEqual((await converges(site, 'vhosts', '-e', 'queues=5')).length, 2)
    },
  },
  {
    name: 'a plugin starts and stops at once where the broker runs',
    run: async site => {
      strictEqual((await converges(site, 'plugins')).length, 1)
      strictEqual(await pluginRuns(site), 'true')
      strictEqual((await converges(site, 'plugins', '-e', 'plugins=disabled')).length, 1)
      strictEqual(await pluginRuns(site), 'false')
    },
  },
  {
    name: 'a rabbitmq.conf that the broker would refuse is not written; a good one, and a plugin, are there when it starts',
    run: async site => {
      await site.on('initiator', 'systemctl stop rabbitmq-server')
      const look = () => site.on('initiator', 'tail -n +1 /etc/rabbitmq/*')
      const before = await look()
      const refused = await run(site, 'conf', '-e', 'setting=log.no.such.thing')
      strictEqual(refused.exitCode, 2, refused.all)
      match(refused.all, /RabbitMQ refuses the new file, so the old one stays: .*log\.no\.such\.thing/)
      strictEqual(await look(), before)
      deepStrictEqual((await converges(site, 'plugins,conf')).length, 3)
      strictEqual(await pluginRuns(site), 'true')
      const said = await site.on(
        'initiator',
        `rabbitmqctl -q eval '[rabbit_nodes:cluster_name(), application:get_env(rabbit, cluster_partition_handling), application:get_env(rabbit, heartbeat)].'`,
      )
      strictEqual(said.replaceAll(/\s/g, ''), '[<<"shop">>,{ok,autoheal},{ok,30}]')
    },
  },
]

/** Starts the broker for the tests. */
export async function withBroker(site: Site): Promise<void> {
  const output = await run(site, 'broker')
  strictEqual(output.exitCode, 0, output.all)
}
