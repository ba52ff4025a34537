import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProbeReport } from '../../modules/rabbitmq/probe/probe.ts'
import { vip, type Site } from './site.ts'

const haqBin = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
const user = 'probe'
const vhost = 'cluster'

/** A client of the cluster outside of its hosts: `haq probe` on the lab's client. */
export class Client {
  readonly #site: Site
  readonly #password = randomBytes(12).toString('hex')
  readonly #passwordFile = join(tmpdir(), `haq-client-${randomBytes(6).toString('hex')}`)

  constructor(site: Site) {
    this.#site = site
  }

  /** Adds the user to the cluster, on one of its hosts. */
  async signUp(host: string): Promise<void> {
    await writeFile(this.#passwordFile, this.#password, { mode: 0o600, flag: 'wx' })
    const permissions = `rabbitmqctl -q set_permissions -p ${vhost} ${user} '.*' '.*' '.*'`
    await this.#site.on(host, `rabbitmqctl -q add_user ${user} ${this.#password} && ${permissions}`)
  }

  /** Publishes, consumes and makes new connections for some seconds. */
  async work(seconds: number): Promise<ProbeReport> {
    const login = ['-u', user, '--password-file', this.#passwordFile, '--vhost', vhost]
    const options = ['--seconds', String(seconds), '--drain', '60', '--output', 'json']
    const probe = ['node', haqBin, 'probe', vip, ...login, ...options]
    const report = await this.#site.haq('lab', 'exec', 'client', '-i', this.#site.inventory, '--', ...probe)
    return JSON.parse(report) as ProbeReport
  }

  async leave(): Promise<void> {
    await rm(this.#passwordFile, { force: true })
  }
}
