import { AlwaysAdmission } from './alwaysAdmission.js';
import { BenefitAdmission } from './benefitAdmission.js';
import type { AdmissionFactory } from './policy.js';
import { SecondTouchAdmission } from './secondTouchAdmission.js';
import { TinyLfuAdmission } from './tinyLfuAdmission.js';

/** All admission policies by name. */
export const admissionPolicies = {
  always: () => new AlwaysAdmission(),
  'second-touch': (columns, capacity) => new SecondTouchAdmission(columns, capacity),
  tinylfu: (columns, capacity) => new TinyLfuAdmission(columns, capacity),
  benefit: (columns, capacity) => new BenefitAdmission(columns, capacity),
} as const satisfies Readonly<Record<string, AdmissionFactory>>;

export type AdmissionPolicyName = keyof typeof admissionPolicies;

export const admissionPolicyNames = Object.keys(admissionPolicies) as readonly AdmissionPolicyName[];
export const defaultAdmission: AdmissionPolicyName = 'always';
