/** Privileges of Kibana that setting up needs: for data views, searches and dashboards, and for detection rules. */
export const TO_SET_UP_KIBANA = ['feature_savedObjectsManagement.all', 'feature_siem.all'] as const;
