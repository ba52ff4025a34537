import type { Bench } from './bench.ts'
import type { BenchLab } from './bench-lab.ts'
import type { LoopbackSite } from './loopback.ts'
import type { Subject } from './work.ts'

export class Ansible {
  static find(_bench: Bench): Promise<Ansible | undefined> {
    return Promise.resolve(undefined)
  }
  tasks(_site: LoopbackSite): readonly Subject[] {
    return []
  }
  cluster(_lab: BenchLab, _kind: string): readonly Subject[] {
    return []
  }
}
