&[
    "$argon2id$v=19$m=19456,t=2,p=1$pbeLX+dgA06K3OEVG3Lqpg$a01PDR+8vED8BiiStCF+09j/EVsidV235wWqDHHahjY",
    "$2b$06$BR07kNPmlQuj8jtWPRGPXuqGTpVQzMS.ANaoZATOtubxRdGxZFql6",
    "$2a$06$91zOLs7Flh5svU.FlIFyOOb94UbCMip1OZWomn.EoYMGtD5X2LZzi",
    "$scrypt$ln=14,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$6W7GuoxjojaYIg83x/wEKSXUMMf+reyc6wSvA8q7ny8",
    "$pbkdf2-sha256$i=10000,l=32$AAECAwQFBgcICQoLDA0ODw$X+DILeVuX9mNHCAvEDeDlaquCYUTD7rdkkZXdsCyl/Q",
    "$pbkdf2-sha512$i=10000,l=32$AAECAwQFBgcICQoLDA0ODw$FPHa43T6sXOg7xCVIweUHQrmWPZVLHnoAp+OQQEbCHA",
]
