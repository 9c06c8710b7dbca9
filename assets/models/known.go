package models

// model is a model, or a series whose members people do not tell apart.
type model struct {
	name    string
	aaguids []string
}

// known are the models, by maker. Enterprise profiles and revisions bear the name of
// their series.
var known = []model{
	// Latchkey.
	{"Latchkey virtual key", []string{"4c617463-686b-6579-5669-727475616c21"}},
	{"Security chip (TPM)", []string{"4c617463-686b-6579-4c69-6e757854504d"}},
	{"Security chip (TPM), fingerprint", []string{"4c617463-686b-6579-4c69-6e7578465052"}},
	{"Software TPM", []string{"4c617463-686b-6579-5669-727454504d21"}},
	{"Software TPM, fingerprint", []string{"4c617463-686b-6579-5669-727446505221"}},
	{"Touch ID", []string{"4c617463-686b-6579-546f-756368494421"}},

	// Yubico.
	{"YubiKey 5", []string{
		"cb69481e-8ff7-4039-93ec-0a2729a154a8",
		"ee882879-721c-4913-9775-3dfcce97072a",
		"19083c3d-8383-4b18-bc03-8f1c9ab2fd1b",
		"ff4dac45-ede8-4ec2-aced-cf66103f4335",
		"20ac7a17-c814-4833-93fe-539f0d5e3389",
		"4599062e-6926-4fe7-9566-9e8fb1aedaa0",
	}},
	{"YubiKey 5 NFC", []string{
		"fa2b99dc-9e39-4257-8f92-4a30d23c4118",
		"2fc0579f-8113-47ea-b116-bb5a8db9202a",
		"a25342c0-3cdc-4414-8e46-f4807fca511c",
		"d7781e5d-e353-46aa-afe2-3ca49f13332a",
		"1ac71f64-468d-4fe0-bef1-0e5f2f551f18",
		"6ab56fad-881f-4a43-acb2-0be065924522",
		"662ef48a-95e2-4aaa-a6c1-5b9c40375824",
	}},
	{"YubiKey 5Ci", []string{
		"c5ef55ff-ad9a-4b9f-b580-adebafe026d0",
		"a02167b9-ae71-4ac7-9a07-06432ebb6f1c",
		"24673149-6c86-42e7-98d9-433fb5b73296",
		"b90e7dc1-316e-4fee-a25a-56a666a670fe",
		"3b24bf49-1d45-4484-a917-13175df0867b",
	}},
	{"YubiKey 5 FIPS", []string{
		"73bb0cd4-e502-49b8-9c6f-b59445bf720b",
		"57f7de54-c807-4eab-b1c6-1c9be7984e92",
		"905b4cb4-ed6f-4da9-92fc-45e0d4e9b5c7",
	}},
	{"YubiKey 5 NFC FIPS", []string{
		"c1f9a0bc-1dd2-404a-b27f-8e29047a43fd",
		"fcc0118f-cd45-435b-8da1-9782b2da0715",
		"79f3c8ba-9e35-484b-8f47-53a5a0f5c630",
	}},
	{"YubiKey 5Ci FIPS", []string{
		"85203421-48f9-4355-9bc8-8a53846e5083",
		"7b96457d-e3cd-432b-9ceb-c9fdd7ef7432",
		"3a662962-c6d4-4023-bebb-98ae92e78e20",
	}},
	{"YubiKey Bio", []string{
		"d8522d9f-575b-4866-88a9-ba99fa02f35b",
		"dd86a2da-86a0-4cbe-b462-4bd31f57bc6f",
		"7409272d-1ff9-4e10-9fc9-ac0019c124fd",
		"83c47309-aabb-4108-8470-8be838b573cb",
		"8c39ee86-7f9a-4a95-9ba3-f6b097e5c2ee",
		"ad08c78a-4e41-49b9-86a2-ac15b06899e2",
		"7d1351a6-e097-4852-b8bf-c9ac5c9ce4a3",
		"90636e1f-ef82-43bf-bdcf-5255f139d12f",
		"34744913-4f57-4e6e-a527-e9ec3c4b94e6",
		"6ec5cff2-a0f9-4169-945b-f33b563f7b99",
		"97e6a830-c952-4740-95fc-7c78dc97ce47",
	}},
	{"Security Key by Yubico", []string{
		"f8a011f3-8c0a-4d15-8006-17111f9edc7d",
		"b92c3f9a-c014-4056-887f-140a2501163b",
	}},
	{"Security Key NFC by Yubico", []string{
		"6d44ba9b-f6ec-2e49-b930-0c8fe920cb73",
		"149a2021-8ef6-4133-96b8-81f8d5b7f1f5",
		"a4e9fc6d-4cbe-4758-b8ba-37598bb5bbaa",
		"b7d3f68e-88a6-471e-9ecf-2df26d041ede",
		"e77e3c64-05e3-428b-8824-0cbeb04b829d",
		"0bb43545-fd2c-4185-87dd-feb0b2916ace",
		"47ab2fb4-66ac-4184-9ae1-86be814012d5",
		"ed042a3a-4b22-4455-bb69-a267b652ae7e",
		"72c6b72d-8512-4c66-8359-9d3d10d9222f",
		"9ff4cc65-6154-4fff-ba09-9e2af7882ad2",
	}},

	// Others that plug in.
	{"Nitrokey 3", []string{"2cd2f727-f6ca-44da-8f48-5c2e5da000a2"}},
	{"Solo", []string{"8876631b-d4a0-427f-5773-0ec71c9e0279"}},
	{"Solo Tap", []string{"8976631b-d4a0-427f-5773-0ec71c9e0279"}},
	{"Somu", []string{"9876631b-d4a0-427f-5773-0ec71c9e0279"}},
	{"Google Titan Security Key", []string{"42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3"}},
	{"OpenSK", []string{"664d9f67-84a2-412a-9ff7-b4f7d8ee6d05"}},
	{"OnlyKey", []string{"998f358b-2dd2-4cbe-a43a-e8107438dfb3"}},
	{"Feitian ePass FIDO", []string{
		"833b721a-ff5f-4d00-bb2e-bdda3ec01e29",
		"12755c32-8ad1-46eb-881c-e0b38d848b09",
	}},
	{"Feitian ePass FIDO-NFC", []string{
		"ee041bce-25e5-4cdb-8f86-897fd6418464",
		"78ba3993-d784-4f44-8d6e-cc0a8ad5230e",
		"234cd403-35a2-4cc2-8015-77ea280c77f5",
		"39589099-9a75-49fc-afaa-801ca211c62a",
	}},
	{"Feitian iePass FIDO", []string{"3e22415d-7fdf-4ea4-8a0c-dd60c4249b9d"}},
	{"Feitian BioPass FIDO2", []string{"77010bd7-212a-4fc9-b236-d2ca5e9d4084"}},
	{"Feitian BioPass FIDO2 Plus", []string{
		"b6ede29c-3772-412c-8a78-539c1f4c62d2",
		"42df17de-06ba-4177-a2bb-6701be1380d6",
		"a02140b7-0cbd-42e1-a9b5-a39da2545114",
	}},
	{"Feitian BioPass FIDO2 Pro", []string{
		"4c0cf95d-2f40-43b5-ba42-4c83a11c04ba",
		"2bff89f2-323a-48fc-b7c8-9ff7fe87c07e",
	}},
	{"Feitian AllinOne", []string{"12ded745-4bed-47d4-abaa-e713f51d6393"}},
	{"Token2 Security Key", []string{"ab32f0c6-2239-afbb-c470-d2ef4e254db7"}},
	{"Token2 PIN+", []string{"eabb46cc-e241-80bf-ae9e-96fa6d2975cf"}},
	{"Thetis Pro", []string{"1f8e43df-71ff-e11d-bea3-c4ee7003b232"}},
	{"Swissbit iShield Key", []string{
		"931327dd-c89b-406c-a81e-ed7058ef36c6",
		"5d629218-d3a5-11ed-afa1-0242ac120002",
	}},
	{"Swissbit iShield Key 2", []string{
		"7787a482-13e8-4784-8a06-c7ed49a7aaf4",
		"e400ef8c-711d-4692-af46-7f2cf7da23ad",
	}},

	// Built into computers and phones.
	{"Windows Hello", []string{
		"08987058-cadc-4b81-b6e1-30de50dcbe96",
		"9ddd1817-af5a-4672-a2b9-3e3dd95000a9",
		"6028b017-b1d4-4c02-b4b3-afcdafc96bb2",
	}},
	{"iCloud Keychain", []string{
		"fbfc3007-154e-4ecc-8c0b-6e020557d7bd",
		"dd4ec289-e01d-41c9-bb89-70fa845d4bf2",
	}},
}
