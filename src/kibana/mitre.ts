/** Tactics and techniques of MITRE ATT&CK that mail logs show. */
const TACTICS = {
  TA0043: 'Reconnaissance',
  TA0006: 'Credential Access',
  TA0011: 'Command and Control',
  TA0040: 'Impact',
} as const;
const TECHNIQUES = {
  T1595: 'Active Scanning',
  T1589: 'Gather Victim Identity Information',
  T1110: 'Brute Force',
  T1499: 'Endpoint Denial of Service',
  T1071: 'Application Layer Protocol',
} as const;
const SUBTECHNIQUES = {
  'T1589.002': 'Email Addresses',
  'T1110.001': 'Password Guessing',
  'T1071.004': 'DNS',
} as const;

/** A technique, maybe more exactly, in the tactic that it serves. */
export interface Attack {
  readonly tactic: keyof typeof TACTICS;
  readonly technique: keyof typeof TECHNIQUES;
  readonly subtechnique?: keyof typeof SUBTECHNIQUES;
}

const SITE = 'https://attack.mitre.org';

/** Attacks as a detection rule names them. */
export function threats(attacks: readonly Attack[]): readonly object[] {
  return attacks.map(({ tactic, technique, subtechnique }) => ({
    framework: 'MITRE ATT&CK',
    tactic: { id: tactic, name: TACTICS[tactic], reference: `${SITE}/tactics/${tactic}/` },
    technique: [
      {
        id: technique,
        name: TECHNIQUES[technique],
        reference: `${SITE}/techniques/${technique}/`,
        subtechnique:
          subtechnique === undefined
            ? []
            : [
                {
                  id: subtechnique,
                  name: SUBTECHNIQUES[subtechnique],
                  reference: `${SITE}/techniques/${subtechnique.replace('.', '/')}/`,
                },
              ],
      },
    ],
  }));
}

/** Attacks as tags of Sigma. */
export function attackTags(attacks: readonly Attack[]): readonly string[] {
  return attacks.flatMap(({ tactic, technique, subtechnique }) => [
    `attack.${TACTICS[tactic].toLowerCase().replaceAll(' ', '-')}`,
    `attack.${(subtechnique ?? technique).toLowerCase()}`,
  ]);
}
