"""The TM Forum's resources: which API each belongs to, its kinds, and how an unnamed one looks."""

from __future__ import annotations

# What a payload may be, so that one we do not take can be told by its name.
_APIS = {
    "TMF620": "Catalog ProductCatalog Category ProductOffering ProductOfferingPrice "
    "ProductOfferingPriceAlteration ProductSpecification ImportJob ExportJob",
    "TMF621": "TroubleTicket TroubleTicketSpecification",
    "TMF622": "ProductOrder CancelProductOrder",
    "TMF629": "Customer",
    "TMF632": "Party Individual Organization",
    "TMF633": "ServiceCatalog ServiceCategory ServiceCandidate ServiceSpecification",
    "TMF634": "ResourceCatalog ResourceCategory ResourceCandidate ResourceSpecification "
    "PhysicalResourceSpecification LogicalResourceSpecification ResourceFunctionSpecification",
    "TMF635": "Usage UsageSpecification",
    "TMF637": "Product",
    "TMF638": "Service",
    "TMF639": "Resource",
    "TMF640": "Monitor",
    "TMF641": "ServiceOrder CancelServiceOrder",
    "TMF642": "Alarm AckAlarm UnAckAlarm ClearAlarm CommentAlarm GroupAlarm UnGroupAlarm",
    "TMF646": "Appointment SearchTimeSlot",
    "TMF652": "ResourceOrder CancelResourceOrder",
    "TMF656": "ServiceProblem ServiceProblemEventRecord ProblemAcknowledgement "
    "ProblemUnacknowledgement ProblemGroup ProblemUngroup",
    "TMF666": "BillingAccount FinancialAccount PartyAccount SettlementAccount BillFormat "
    "BillPresentationMedia BillCycleSpecification BillingCycleSpecification",
    "TMF669": "PartyRole",
    "TMF673": "GeographicAddress",
    "TMF674": "GeographicSite",
    "TMF676": "Payment Refund",
    "TMF677": "UsageConsumption UsageConsumptionReport QueryUsageConsumption",
    "TMF678": "CustomerBill CustomerBillOnDemand AppliedCustomerBillingRate BillCycle",
    "TMF681": "CommunicationMessage",
    "TMF683": "PartyInteraction",
    "TMF688": "Hub EventSubscription",
}

# Kinds that are the resource itself under a more exact name.
KINDS = {
    "Resource": (
        *("PhysicalResource", "LogicalResource", "ResourceFunction", "Equipment"),
        *("EquipmentHolder", "PhysicalPort", "PhysicalLink", "PhysicalDevice"),
        *("NetworkFunction", "VirtualNetworkFunction", "SoftwareResource", "VirtualResource"),
    ),
    "Service": ("CustomerFacingService", "ResourceFacingService"),
    "Party": ("Individual", "Organization"),
    "Alarm": ("ResourceAlarm", "ServiceAlarm"),
    "AppliedCustomerBillingRate": ("AppliedBillingRate",),
}

_NAMES = {name: api for api, names in _APIS.items() for name in names.split()}
_NAMES |= {kind: _NAMES[name] for name, kinds in KINDS.items() for kind in kinds}
# Every name we know, in small letters, as a reason shows it.
LABELS = {name.lower(): f"{api} {name}" for name, api in _NAMES.items()}

# Properties that only one resource has: for a payload with neither @type nor href.
SHAPES = {
    "productOrderItem": "ProductOrder",
    "orderItem": "ProductOrder",
    "serviceSpecification": "Service",
    "alarmRaisedTime": "Alarm",
    "ticketType": "TroubleTicket",
    "billNo": "CustomerBill",
    "appliedTax": "AppliedCustomerBillingRate",
    "interactionDate": "PartyInteraction",
    "engagedParty": "Customer",
    "familyName": "Individual",
    "tradingName": "Organization",
    "affectedService": "ServiceProblem",
    "paymentDate": "Payment",
    "messageType": "CommunicationMessage",
    "resourceCharacteristic": "Resource",
    "usageCharacteristic": "Usage",
}
