import { deepStrictEqual } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import { Script } from 'haq'
import { nodeName } from 'haq/modules'
import { shells, withShell } from '../../../shells.ts'
import { inFolder } from '../../../temp.ts'

/** What rabbitmq-env.conf holds, the kernel's host name, and the name that RabbitMQ gives the node. */
const rows: readonly (readonly [conf: string, host: string, name: string, long?: true])[] = [
  ['', 'mq1', 'rabbit@mq1'],
  ['# NODENAME=other\n', 'mq1.example.com', 'rabbit@mq1'],
  ['NODENAME=bunny\n', 'mq1', 'bunny@mq1'],
  ['NODENAME="bunny"; echo noise\n', 'mq1', 'bunny@mq1'],
  ['NODENAME=bunny\nRABBITMQ_NODENAME=hare\n', 'mq1', 'hare@mq1'],
  ['NODENAME=rabbit@elsewhere\n', 'mq1', 'rabbit@elsewhere'],
  ['NODENAME=rabbit@$(echo made)\n', 'mq1', 'rabbit@made'],
  ['USE_LONGNAME=true\n', 'mq1.example.com', 'rabbit@mq1.example.com', true],
  ['RABBITMQ_USE_LONGNAME=1\nNODENAME=bunny', 'mq1.example.com', 'bunny@mq1.example.com', true],
  ['USE_LONGNAME=false\n', 'mq1.example.com', 'rabbit@mq1'],
]

for (const { name: shell, exec } of shells)
  test(
    `the node's name follows from rabbitmq-env.conf and the kernel's host name: ${shell}`,
    inFolder(async folder => {
      const [conf, host] = [join(folder, 'env.conf'), join(folder, 'hostname')]
      const text = nodeName.script
        .reveal()
        .replaceAll('/etc/rabbitmq/rabbitmq-env.conf', conf)
        .replaceAll('/proc/sys/kernel/hostname', host)
      const found = await withShell(exec, async shell => {
        const names = []
        for (const [content, kernel] of rows) {
          writeFileSync(conf, content)
          writeFileSync(host, `${kernel}\n`)
          const { stdout } = await shell.read({ key: 'name', script: new Script(text, text) })
          names.push(nodeName.parse(stdout))
        }
        return names
      })
      deepStrictEqual(
        found,
        rows.map(([, , name, long = false]) => ({ name, long })),
      )
    }),
  )

test.run()
