import { require, type Requirement } from 'haq'

/**
 * The requirement that somebody's mask does not stand in the way of a unit; none where the unit is not masked.
 *
 * @param consequence what the mask prevents, such as "can't be started or enabled"
 * @see systemctl(1), mask
 */
export function notMasked(unit: string, masked: boolean | undefined, consequence: string): readonly Requirement[] {
  if (!masked) return []
  return [
    require(`${unit} is not masked`, false, {
      otherwise: `${unit} is masked, so it ${consequence}`,
      hint: `find out why the unit was masked, then run: systemctl unmask ${unit}`,
      final: true,
    }),
  ]
}
