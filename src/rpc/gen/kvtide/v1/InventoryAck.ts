// Original file: proto/kvtide/v1/coordinator.proto


export interface InventoryAck {
  'number'?: (number | string);
  'resend'?: (boolean);
}

export interface InventoryAck__Output {
  'number': (number);
  'resend': (boolean);
}
